#if EBB_ILGPU
namespace Ebb.Kernels.Gpu;

/// <summary>
/// Where a kernel finds the catalogue. A chunk holds a power of two of rows: first their codes in tiles of 32 rows,
/// then a <see cref="Quad"/> of bounds for every 16 rows, then the fp32 rows.
/// <code>byte (row r of the tile, dimension d) = tile + 512·(d / 16) + 16·r + d % 16</code>
/// A lane's 16-byte load is then 16 dimensions of one row, and a warp's is 512 bytes in a row: the same bytes serve
/// dp4a (a lane a row) and mma (four lanes a row).
/// </summary>
internal readonly struct GpuItemView
{
    public const int TileRows = 32;

    /// <summary>Dimensions are padded to this, so that kernels need no remainder.</summary>
    public const int BlockDimensions = 64;

    /// <summary>Bytes between 16 dimensions of a tile and the next 16.</summary>
    public const int GroupBytes = 16 * TileRows;

    /// <summary>Device addresses of the chunks, a long each.</summary>
    public long ChunkTable { get; init; }

    public long BoundsOffset { get; init; }

    public long RowsOffset { get; init; }

    /// <summary>log2 of a chunk's rows.</summary>
    public int RowShift { get; init; }

    /// <summary>Floats from one fp32 row to the next.</summary>
    public int Stride { get; init; }

    /// <summary>Codes of a row or a query, a multiple of 64.</summary>
    public int CodeBytes { get; init; }

    public int RowCount { get; init; }

    public static int TileCount(GpuItemView items) => (items.RowCount + TileRows - 1) / TileRows;

    public static long TileAddress(GpuItemView items, int tile)
    {
        int row = tile * TileRows;
        int inChunk = row & ((1 << items.RowShift) - 1);
        return ChunkAddress(items, row) + ((long)inChunk * items.CodeBytes);
    }

    /// <summary>Scale, its inverse, error and norm of the row's 16.</summary>
    public static Quad Bounds(GpuItemView items, int row)
    {
        int inChunk = row & ((1 << items.RowShift) - 1);
        return GpuIntrinsics.LoadReadOnly16(ChunkAddress(items, row) + items.BoundsOffset + (inChunk >> 4 << 4));
    }

    public static long RowAddress(GpuItemView items, int row)
    {
        long inChunk = row & ((1 << items.RowShift) - 1);
        return ChunkAddress(items, row) + items.RowsOffset + (inChunk * items.Stride * sizeof(float));
    }

    private static long ChunkAddress(GpuItemView items, int row) =>
        GpuIntrinsics.LoadReadOnlyLong(items.ChunkTable + ((long)(row >> items.RowShift) * sizeof(long)));
}
#endif
