#if EBB_ILGPU
using ILGPU;
using ILGPU.Runtime;

namespace Ebb.Kernels.Gpu;

/// <summary>
/// A matrix' chunks in device memory, brought up to date in place. Owned by the thread that launches; it lets go of a
/// disposed matrix at the next batch.
/// </summary>
internal sealed unsafe class GpuItems : IDisposable
{
    private const int StagingBytes = 4 << 20;

    private readonly Accelerator _accelerator;
    private readonly List<MemoryBuffer1D<byte, Stride1D.Dense>> _chunks = [];
    private readonly PageLockedArray1D<byte> _staging;
    private readonly PageLockedArray1D<float> _stagedBounds;
    private readonly int _tilesAtOnce;
    private MemoryBuffer1D<long, Stride1D.Dense>? _table;

    public GpuItems(Accelerator accelerator, GpuItemMatrix matrix)
    {
        _accelerator = accelerator;
        Matrix = matrix;
        int tileBytes = GpuItemView.TileRows * matrix.CodeBytes;
        _tilesAtOnce = Math.Max(1, StagingBytes / tileBytes);
        _staging = accelerator.AllocatePageLocked1D<byte>(_tilesAtOnce * (long)tileBytes, uninitialized: false);
        _stagedBounds = accelerator.AllocatePageLocked1D<float>(_tilesAtOnce * 8L, uninitialized: false);
        matrix.MarkAll();
    }

    public GpuItemMatrix Matrix { get; }

    private long BoundsOffset => (long)Matrix.Host.ChunkRowCount * Matrix.CodeBytes;

    private long RowsOffset => BoundsOffset + Matrix.Host.ChunkRowCount;

    /// <summary>The device sees every row that was written before this call when it returns.</summary>
    public GpuItemView Update(AcceleratorStream stream)
    {
        bool isChanged = AddChunks(stream);
        int tile = 0;
        while (Matrix.TryTakeDirty(ref tile, _tilesAtOnce, out int tileCount))
        {
            Upload(stream, tile, tileCount);

            // The staging memory is used again.
            stream.Synchronize();
            tile += tileCount;
            isChanged = true;
        }

        if (isChanged)
        {
            stream.Synchronize();
        }

        return View();
    }

    public void Dispose()
    {
        _staging.Dispose();
        _stagedBounds.Dispose();
        _table?.Dispose();
        foreach (MemoryBuffer1D<byte, Stride1D.Dense> chunk in _chunks)
        {
            chunk.Dispose();
        }
    }

    private GpuItemView View() => new()
    {
        ChunkTable = _table is null ? 0 : _table.NativePtr,
        BoundsOffset = BoundsOffset,
        RowsOffset = RowsOffset,
        RowShift = System.Numerics.BitOperations.Log2((uint)Matrix.Host.ChunkRowCount),
        Stride = Matrix.Host.Stride,
        CodeBytes = Matrix.CodeBytes,
        RowCount = Matrix.Count,
    };

    private bool AddChunks(AcceleratorStream stream)
    {
        if (_chunks.Count == Matrix.ChunkCount)
        {
            return false;
        }

        while (_chunks.Count < Matrix.ChunkCount)
        {
            _chunks.Add(_accelerator.Allocate1D<byte>(Matrix.ChunkBytes));
        }

        // A batch in the other slot may still read the table that goes.
        _accelerator.Synchronize();
        long[] addresses = [.. _chunks.Select(chunk => (long)chunk.NativePtr)];
        _table?.Dispose();
        _table = _accelerator.Allocate1D<long>(addresses.Length);
        _table.View.CopyFromCPU(stream, ref addresses[0], addresses.Length);
        return true;
    }

    // SAFETY: tiles of one chunk; host rows lie behind each other in it, and staging holds _tilesAtOnce tiles.
    private void Upload(AcceleratorStream stream, int tile, int tileCount)
    {
        int tileBytes = GpuItemView.TileRows * Matrix.CodeBytes;
        int chunkTiles = Matrix.Host.ChunkRowCount / GpuItemView.TileRows;
        long inChunk = tile % chunkTiles;
        fixed (byte* codes = _staging.Span)
        fixed (float* bounds = _stagedBounds.Span)
        {
            for (int at = 0; at < tileCount; at++)
            {
                GpuTilePacker.Pack(
                    Matrix.Host, tile + at, Matrix.CodeBytes, codes + ((long)at * tileBytes), bounds + (at * 8));
            }

            ArrayView<byte> chunk = _chunks[tile / chunkTiles].View.BaseView;
            Copy(stream, chunk, inChunk * tileBytes, codes, (long)tileCount * tileBytes);
            Copy(stream, chunk, BoundsOffset + (inChunk * 32), (byte*)bounds, tileCount * 32L);
            long rowBytes = (long)GpuItemView.TileRows * Matrix.Host.Stride * sizeof(float);
            byte* rows = (byte*)Matrix.Host.RowPointer(tile * GpuItemView.TileRows);
            Copy(stream, chunk, RowsOffset + (inChunk * rowBytes), rows, tileCount * rowBytes);
        }
    }

    private static void Copy(AcceleratorStream stream, ArrayView<byte> target, long offset, byte* source, long bytes) =>
        target.SubView(offset, bytes).CopyFromCPUUnsafeAsync(stream, ref *source, bytes);
}
#endif
