namespace Ebb.Kernels.Memory;

/// <summary>
/// What the scan knows of consecutive tiles: one float a tile in each array. For every row x of a tile with codes c:
/// ‖x − scale·c‖ ≤ scale·error and ‖x‖ ≤ scale·norm. Inverse 0: nothing was written, all rows are zero whatever their
/// bytes. Error +∞: the rows' range is too extreme for codes, all of them are candidates. Points into a chunk.
/// </summary>
internal readonly unsafe struct TileBounds(float* start, int tileCount)
{
    public float* Scale { get; } = start;

    public float* Inverse { get; } = start + tileCount;

    public float* Error { get; } = start + (2 * tileCount);

    public float* Norm { get; } = start + (3 * tileCount);

    public TileBounds At(int tile) => new(Scale + tile, (int)(Inverse - Scale));
}
