#if EBB_ILGPU
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.Gpu;

/// <summary>
/// Item rows in host memory, where they are written, read and scanned if the device fails, and a mark for every tile of
/// 32 that the device has not seen. <see cref="GpuItems"/> brings it up to date before a scan. The catalogue's gate
/// keeps writes and scans apart.
/// </summary>
internal sealed class GpuItemMatrix : ItemMatrix
{
    private readonly MemoryBudget _deviceBudget;
    private ulong[] _dirty = [];
    private long _deviceBytes;

    public GpuItemMatrix(int dimension, MemoryBudget budget, MemoryBudget deviceBudget)
    {
        Host = new NativeItemMatrix(dimension, budget);
        _deviceBudget = deviceBudget;
        CodeBytes = (Host.Stride + GpuItemView.BlockDimensions - 1)
            / GpuItemView.BlockDimensions * GpuItemView.BlockDimensions;
    }

    public NativeItemMatrix Host { get; }

    /// <summary>Codes of a row on the device.</summary>
    public int CodeBytes { get; }

    /// <summary>Device memory of a chunk: codes, a quad for 16 rows, fp32 rows.</summary>
    public long ChunkBytes => Host.ChunkRowCount * (long)DeviceRowBytes;

    public int DeviceRowBytes => CodeBytes + 1 + (Host.Stride * sizeof(float));

    public int ChunkCount { get; private set; }

    public override int Dimension => Host.Dimension;

    public override int Count => Host.Count;

    public override long ReservedBytes => Host.ReservedBytes + _deviceBytes;

    public override int RowBytes => Host.RowBytes + DeviceRowBytes;

    public bool IsDisposed { get; private set; }

    public override void EnsureCapacity(int rowCount)
    {
        int chunkCount = (int)(((long)rowCount + Host.ChunkRowCount - 1) / Host.ChunkRowCount);
        long added = Math.Max(0, chunkCount - ChunkCount) * ChunkBytes;
        _deviceBudget.Reserve(added, $"Item matrix on the GPU ({rowCount:N0} rows × {Dimension})");
        try
        {
            Host.EnsureCapacity(rowCount);
        }
        catch
        {
            _deviceBudget.Release(added);
            throw;
        }

        _deviceBytes += added;
        ChunkCount = Math.Max(ChunkCount, chunkCount);
        int wordCount = (int)(((long)ChunkCount * Host.ChunkRowCount / GpuItemView.TileRows / 64) + 1);
        if (wordCount > _dirty.Length)
        {
            Array.Resize(ref _dirty, wordCount);
        }
    }

    public override void Write(int index, ReadOnlySpan<float> vector)
    {
        Host.Write(index, vector);
        int tile = index / GpuItemView.TileRows;
        _dirty[tile >> 6] |= 1UL << (tile & 63);
    }

    public override void Publish(int rowCount) => Host.Publish(rowCount);

    public override ReadOnlySpan<float> Row(int index) => Host.Row(index);

    public override void Dispose()
    {
        if (!IsDisposed)
        {
            IsDisposed = true;
            _deviceBudget.Release(_deviceBytes);
            _deviceBytes = 0;
            Host.Dispose();
        }
    }

    /// <summary>All tiles, as a device that has seen none needs them.</summary>
    public void MarkAll() => Array.Fill(_dirty, ulong.MaxValue);

    /// <summary>The next marked tiles in a row within one chunk; unmarks them. False: none left.</summary>
    public bool TryTakeDirty(ref int from, int tilesMax, out int tileCount)
    {
        int chunkTiles = Host.ChunkRowCount / GpuItemView.TileRows;
        int tileEnd = ChunkCount * chunkTiles;
        tileCount = 0;
        for (; from < tileEnd && !IsDirty(from); from++)
        {
            if (_dirty[from >> 6] == 0)
            {
                from |= 63;
            }
        }

        int chunkEnd = Math.Min(tileEnd, ((from / chunkTiles) + 1) * chunkTiles);
        while (from + tileCount < chunkEnd && tileCount < tilesMax && IsDirty(from + tileCount))
        {
            int tile = from + tileCount++;
            _dirty[tile >> 6] &= ~(1UL << (tile & 63));
        }

        return tileCount != 0;
    }

    private bool IsDirty(int tile) => (_dirty[tile >> 6] >> (tile & 63) & 1) != 0;
}
#endif
