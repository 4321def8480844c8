using System.Numerics;
using Ebb.Kernels.Decay;

namespace Ebb.Kernels.Memory;

/// <summary>
/// Item rows as fp32 in native chunks of a power-of-two row count. A row starts every <see cref="Stride"/> floats (D
/// rounded up to 8, the rest zero), so scans need no remainder loop; behind a chunk's rows lies one float a row, an
/// upper bound of its L2 norm, which the scan's error bound needs. A chunk begins with the rows' codes and their
/// tiles' bounds, then the nibbles of short rows and theirs, kept in step by every write. All addresses are 64-bit.
/// </summary>
public sealed unsafe class NativeItemMatrix : ItemMatrix
{
    private const int StrideUnit = 8;
    private const long ChunkBytesTarget = 4 << 20;

    private readonly MemoryBudget _budget;
    private readonly int _chunkShift;
    private readonly int _chunkMask;
    private readonly long _codeBytes;
    private readonly long _nibblesOffset;
    private readonly long _nibbleBytes;
    private readonly long _rowsOffset;
    private NativeChunk[] _chunks = [];
    private nint[] _starts = [];
    private int _count;
    private bool _isDisposed;

    public NativeItemMatrix(int dimension, MemoryBudget budget)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dimension, BankShape.DimensionMax);
        Dimension = dimension;
        Stride = (dimension + StrideUnit - 1) / StrideUnit * StrideUnit;
        _budget = budget;
        _chunkShift = BitOperations.Log2((ulong)(ChunkBytesTarget / (Stride * sizeof(float))));
        _chunkMask = (1 << _chunkShift) - 1;
        _codeBytes = (long)ChunkRowCount * Stride;
        _nibblesOffset = _codeBytes + ((long)TileCount * CodeFormat.BoundBytes);
        _nibbleBytes = (long)ChunkRowCount * NibbleFormat.RowBytes(Stride);
        _rowsOffset = _nibblesOffset + _nibbleBytes + ((long)TileCount * NibbleFormat.BoundBytes(Stride));
    }

    public override int Dimension { get; }

    public override int Count => Volatile.Read(ref _count);

    public override long ReservedBytes => _chunks.Length * ChunkBytes;

    /// <summary>
    /// Floats and their norm bound, codes and a sixteenth of their tile's bounds: 5·(Stride + 1). Nibbles of rows up to
    /// 128 floats, their errors and a sixteenth of their tiles' bounds, on AVX2: Stride / 2 + 2 more.
    /// </summary>
    public override int RowBytes =>
        ((Stride + 1) * sizeof(float))
        + Stride + (CodeFormat.BoundBytes / CodeFormat.TileRows)
        + NibbleFormat.RowBytes(Stride) + (NibbleFormat.BoundBytes(Stride) / CodeFormat.TileRows);

    /// <summary>Floats from one row to the next.</summary>
    public int Stride { get; }

    /// <summary>Rows a chunk: a power of two, at least 1024.</summary>
    internal int ChunkRowCount => _chunkMask + 1;

    private int TileCount => ChunkRowCount / CodeFormat.TileRows;

    private long ChunkBytes => (long)ChunkRowCount * RowBytes;

    private long Capacity => (long)_chunks.Length << _chunkShift;

    public override void EnsureCapacity(int rowCount)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(rowCount);
        int chunkCount = (int)(((long)rowCount + _chunkMask) >> _chunkShift);
        int addedCount = chunkCount - _chunks.Length;
        if (addedCount <= 0)
        {
            return;
        }

        _budget.Reserve(addedCount * ChunkBytes, $"Item matrix ({rowCount:N0} rows × {Dimension})");
        NativeChunk[] added = Allocate(addedCount);
        _starts = [.. _starts, .. added.Select(chunk => (nint)chunk.Start)];
        _chunks = [.. _chunks, .. added];
    }

    /// <exception cref="ArgumentException">Wrong length, NaN or infinity; the row is as it was.</exception>
    public override void Write(int index, ReadOnlySpan<float> vector)
    {
        CheckRow(index);
        if (vector.Length != Dimension)
        {
            throw new ArgumentException($"a row has {Dimension} floats, not {vector.Length}", nameof(vector));
        }

        double squared = 0;
        foreach (float element in vector)
        {
            squared += (double)element * element;
        }

        // Squares of floats and their sum stay far inside double's range: not finite means that an element is not.
        if (!double.IsFinite(squared))
        {
            throw new ArgumentException("a row holds finite numbers only", nameof(vector));
        }

        Put(index, vector, RoundedNorm.Above(squared));
    }

    public override void Publish(int rowCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rowCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rowCount, Capacity);
        Volatile.Write(ref _count, rowCount);
    }

    public override ReadOnlySpan<float> Row(int index)
    {
        CheckRow(index);

        // SAFETY: CheckRow.
        return new ReadOnlySpan<float>(RowPointer(index), Dimension);
    }

    public override void Dispose()
    {
        _isDisposed = true;
        _count = 0;
        NativeChunk[] chunks = _chunks;
        _chunks = [];
        _starts = [];
        foreach (NativeChunk chunk in chunks)
        {
            chunk.Dispose();
        }
    }

    /// <summary>Unchecked. Rows up to the end of the chunk lie behind it, whether written or not.</summary>
    internal float* RowPointer(int index) =>
        (float*)(_starts[index >> _chunkShift] + (nint)_rowsOffset) + ((long)(index & _chunkMask) * Stride);

    /// <summary>Unchecked. Norm bounds of the rows up to the end of the chunk lie behind it.</summary>
    internal float* NormPointer(int index) =>
        (float*)(_starts[index >> _chunkShift] + (nint)_rowsOffset)
        + ((long)ChunkRowCount * Stride) + (index & _chunkMask);

    /// <summary>Unchecked. Codes of the tile whose first row this is, then of those behind it in the chunk.</summary>
    internal byte* CodePointer(int index) =>
        (byte*)_starts[index >> _chunkShift] + ((long)(index & _chunkMask) * Stride);

    /// <summary>Unchecked. Bounds of the same tiles.</summary>
    internal TileBounds Bounds(int index) =>
        new TileBounds((float*)(_starts[index >> _chunkShift] + (nint)_codeBytes), TileCount)
            .At((index & _chunkMask) / CodeFormat.TileRows);

    /// <summary>Unchecked. Nibbles of the tile whose first row this is, for <see cref="NibbleFormat.IsFor"/>.</summary>
    internal NibbleTile Nibbles(int index)
    {
        int row = index & _chunkMask;
        byte* nibbles = (byte*)_starts[index >> _chunkShift] + _nibblesOffset;
        byte* bounds = nibbles + _nibbleBytes;
        byte* rowErrors = bounds + ((long)TileCount * CodeFormat.BoundBytes);
        return new NibbleTile(
            nibbles + ((long)row * NibbleFormat.RowBytes(Stride)),
            new TileBounds((float*)bounds, TileCount).At(row / CodeFormat.TileRows),
            rowErrors + row);
    }

    // SAFETY: the caller checked the row; a row has Stride ≥ D floats of its own, a chunk holds whole tiles.
    private void Put(int index, ReadOnlySpan<float> vector, float norm)
    {
        int first = index & ~(CodeFormat.TileRows - 1);
        TileCoder coder = new(
            RowPointer(first),
            NormPointer(first),
            CodePointer(first),
            Bounds(first),
            Nibbles(first),
            Stride);
        bool isScaleGone = coder.IsScaleOf(index - first);
        vector.CopyTo(new Span<float>(RowPointer(index), Dimension));
        *NormPointer(index) = norm;
        coder.Update(index - first, isScaleGone);
    }

    private NativeChunk[] Allocate(int chunkCount)
    {
        NativeChunk[] chunks = new NativeChunk[chunkCount];
        int doneCount = 0;
        try
        {
            for (; doneCount < chunkCount; doneCount++)
            {
                chunks[doneCount] = new NativeChunk(ChunkBytes, _budget);
            }
        }
        catch (OutOfMemoryException)
        {
            // Within the budget but not to be had: give back what was taken, chunk by chunk, and leave all as it was.
            _budget.Release((chunkCount - doneCount) * ChunkBytes);
            for (int index = 0; index < doneCount; index++)
            {
                chunks[index].Dispose();
            }

            throw;
        }

        return chunks;
    }

    private void CheckRow(int index)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Capacity);
    }
}
