namespace Ebb.Kernels.Memory;

/// <summary>An allocation would pass the configured memory; nothing was allocated.</summary>
public sealed class MemoryBudgetExceededException(string purpose, long neededBytes, long reservedBytes, long bytesMax)
    : Exception($"{purpose} needs {neededBytes:N0} bytes; {reservedBytes:N0} of the configured {bytesMax:N0} bytes"
        + " are taken. Raise the memory budget or shrink the catalogue.")
{
    public long NeededBytes { get; } = neededBytes;

    public long ReservedBytes { get; } = reservedBytes;

    public long BytesMax { get; } = bytesMax;
}
