using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>
/// What a code scan left over of one query: the tiles it stored, the query's sums in them, its limits. Native pointers
/// only, valid until the next scan.
/// </summary>
internal readonly unsafe struct CodeHits
{
    /// <summary>A hit starts with its tile's number, padded to a register; a register of sums a query
    /// follows.</summary>
    public const int HitHeadBytes = 32;

    /// <summary>The first hit's tile number; its sums of this query come <see cref="SumsAt"/> bytes later.</summary>
    public required byte* Hits { get; init; }

    public required int HitCount { get; init; }

    /// <summary>Bytes from one hit to the next.</summary>
    public required int HitBytes { get; init; }

    public required int SumsAt { get; init; }

    /// <summary>A word a tile, its limit twice.</summary>
    public required int* Limits { get; init; }

    public required TileBounds Bounds { get; init; }

    /// <summary>The row that the first tile starts with.</summary>
    public required int FirstRow { get; init; }

    /// <summary>One past the last row that the scanned tiles hold.</summary>
    public required int RowEnd { get; init; }

    public required QueryBound Query { get; init; }

    /// <summary>Rows that a filter holds back; null: none.</summary>
    public required ItemBitmap? Excluded { get; init; }

    /// <summary>Room that <see cref="Collect"/> needs.</summary>
    public int RowCountMax => HitCount * CodeFormat.TileRows;

    /// <summary>
    /// The queries, a bit each, that a hit of a call for several has a sum for: a tile is stored for all of them when
    /// one of them may want it, and most have no other.
    /// </summary>
    // SAFETY: as the scan left them.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static uint LanesOf(byte* hits, int hitCount, int lanes, int hitBytes, int* limits)
    {
        uint found = 0;
        for (byte* hit = hits; hitCount != 0; hitCount--, hit += hitBytes)
        {
            int* limit = limits + *(int*)hit;
            for (int lane = 0; lane < lanes; lane++, limit += CodeSpan.LimitStep)
            {
                Vector256<short> sums = Vector256.Load((short*)(hit + HitHeadBytes + (lane * HitHeadBytes)));
                bool isHit = Vector256.GreaterThanOrEqualAny(sums, Vector256.Create(*limit).AsInt16());
                found |= (isHit ? 1u : 0u) << lane;
            }
        }

        return found;
    }

    /// <summary>Writes every row that its limit did not exclude: floats below and above its score, its index.</summary>
    // SAFETY: the caller has room for RowCountMax rows in each array.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public int Collect(float* lower, float* upper, int* index)
    {
        byte* hit = Hits;
        int count = 0;
        for (int left = HitCount; left != 0; left--, hit += HitBytes)
        {
            int tile = *(int*)hit;
            short* sums = (short*)(hit + SumsAt);
            uint rows = Passing(tile, sums);
            if (rows == 0)
            {
                continue;
            }

            CodeError error = new(Query, Bounds.Scale[tile], Bounds.Error[tile], Bounds.Norm[tile]);
            int firstRow = FirstRow + (tile * CodeFormat.TileRows);
            do
            {
                int at = BitOperations.TrailingZeroCount(rows);
                rows &= rows - 1;
                int sum = sums[at];
                lower[count] = error.Lower(sum);
                upper[count] = error.Upper(sum);
                index[count] = firstRow + CodeScan.RowOf(at);
                count++;
            }
            while (rows != 0);
        }

        return count;
    }

    /// <summary>
    /// The same for nibbles, whose bounds are wide: each row by its own error, and only those whose upper float reaches
    /// <paramref name="needed"/>.
    /// </summary>
    // SAFETY: as above; rowErrors has a byte for every row of the scanned tiles.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public int CollectRough(float* lower, float* upper, int* index, byte* rowErrors, float needed)
    {
        byte* hit = Hits;
        int count = 0;
        for (int left = HitCount; left != 0; left--, hit += HitBytes)
        {
            int tile = *(int*)hit;
            short* sums = (short*)(hit + SumsAt);
            uint rows = Passing(tile, sums);
            for (; rows != 0; rows &= rows - 1)
            {
                int at = BitOperations.TrailingZeroCount(rows);
                int row = (tile * CodeFormat.TileRows) + CodeScan.RowOf(at);
                float own = rowErrors[row] == NibbleFormat.RowErrorBeyond
                    ? Bounds.Error[tile]
                    : rowErrors[row] / NibbleFormat.RowErrorsPerUnit;
                CodeError error = new(Query, Bounds.Scale[tile], own, Bounds.Norm[tile]);
                float highest = error.Upper(sums[at]);
                lower[count] = error.Lower(sums[at]);
                upper[count] = highest;
                index[count] = FirstRow + row;
                count += highest < needed ? 0 : 1;
            }
        }

        return count;
    }

    /// <summary>The sums of a tile, a bit each in the order of their places, that reach the limit and no
    /// filter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Passing(int tile, short* sums)
    {
        Vector256<short> limit = Vector256.Create(Limits[tile]).AsInt16();
        uint rows = Vector256.GreaterThanOrEqual(Vector256.Load(sums), limit).ExtractMostSignificantBits();
        if (rows != 0 && Excluded is not null)
        {
            int row = FirstRow + (tile * CodeFormat.TileRows);
            rows &= ~CodeScan.PlacesOf((ushort)(Excluded.WordAt(row >> 6) >> (row & 48)));
        }

        return rows;
    }
}
