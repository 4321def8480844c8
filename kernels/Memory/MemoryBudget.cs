namespace Ebb.Kernels.Memory;

/// <summary>
/// Bytes that item memory may take, shared by everything that reserves from it. Thread-safe. What does not fit is
/// refused before it is allocated, with the figure.
/// </summary>
public sealed class MemoryBudget(long bytesMax)
{
    private long _reservedBytes;

    public long BytesMax { get; } = bytesMax;

    public long ReservedBytes => Volatile.Read(ref _reservedBytes);

    public void Reserve(long bytes, string purpose)
    {
        long reserved = Interlocked.Add(ref _reservedBytes, bytes);
        if (reserved > BytesMax)
        {
            Interlocked.Add(ref _reservedBytes, -bytes);
            throw new MemoryBudgetExceededException(purpose, bytes, reserved - bytes, BytesMax);
        }
    }

    public void Release(long bytes) => Interlocked.Add(ref _reservedBytes, -bytes);
}
