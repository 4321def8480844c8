namespace Ebb.Kernels.TopK;

/// <summary>
/// One call of the code scan: tiles in a row, a group of queries, where limits are read and hits go. Native pointers
/// only, valid during the call.
/// </summary>
internal unsafe struct CodeSpan
{
    /// <summary>Words from one query's limits to the next one's: the most tiles a call for several may have.</summary>
    public const int LimitStep = 128;

    /// <summary>The most tiles a call for one query may have: it has the limits of all to itself.</summary>
    public const int LoneTilesMax = 2 * LimitStep;

    /// <summary>The first tile.</summary>
    public byte* Codes;

    public int TileCount;

    /// <summary>Groups of four dimensions, even.</summary>
    public int GroupCount;

    /// <summary>Words of the queries, those of one group side by side.</summary>
    public int* Queries;

    /// <summary>For each of <see cref="CodeScan.StartCount"/> a word a query: <see cref="CodeScan.Start"/>.</summary>
    public int* Starts;

    /// <summary>256 bytes that the scan may overwrite.</summary>
    public byte* Sums;

    /// <summary>Bits that sums are cut by: <see cref="Memory.CodeFormat.SumShift"/>.</summary>
    public int Shift;

    /// <summary>
    /// A word a tile, its limit twice: a sum below it is out. Those of the next query <see cref="LimitStep"/> words on.
    /// </summary>
    public int* Limits;

    /// <summary>Room for as many hits as tiles: the tile's number, then 16 sums for each query.</summary>
    public byte* Hits;

    /// <summary>Memory that is wanted next: one line a tile is asked for.</summary>
    public byte* Ahead;

    /// <summary>Nibbles: the tiles' scales, wanted where there is a hit.</summary>
    public float* Scales;

    /// <summary>Nibbles: a byte a row, wanted where there is a hit.</summary>
    public byte* RowErrors;
}
