namespace Ebb.Kernels.Memory;

/// <summary>
/// N × D item vectors where a backend scans them. One writer at a time, and no scan while it writes (the catalogue's
/// gate sees to both); readers are free. Rows are only appended or overwritten, so an index is for ever.
/// </summary>
public abstract class ItemMatrix : IDisposable
{
    public abstract int Dimension { get; }

    /// <summary>Rows visible to scans.</summary>
    public abstract int Count { get; }

    /// <summary>Bytes held for the rows, spare capacity included.</summary>
    public abstract long ReservedBytes { get; }

    /// <summary>Bytes a row costs, with all that is kept for it.</summary>
    public abstract int RowBytes { get; }

    /// <summary>Makes room for rows up to <paramref name="rowCount"/> without showing them.</summary>
    /// <exception cref="MemoryBudgetExceededException">The budget refuses; nothing changed.</exception>
    public abstract void EnsureCapacity(int rowCount);

    /// <summary>Writes row <paramref name="index"/> (0 ≤ index &lt; capacity), visible or not yet.</summary>
    public abstract void Write(int index, ReadOnlySpan<float> vector);

    /// <summary>Shows rows [0, rowCount).</summary>
    public abstract void Publish(int rowCount);

    /// <summary>The row as it was put, D floats, valid until the matrix is written or disposed.</summary>
    public abstract ReadOnlySpan<float> Row(int index);

    public abstract void Dispose();
}
