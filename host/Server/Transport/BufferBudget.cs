namespace Ebb.Server.Transport;

/// <summary>
/// How many bytes wait in buffers over all connections of a server: frames that are not whole, requests that are not
/// answered, replies that are not taken. Counted by the connections themselves, in steps, so that small and quick
/// requests cost nothing here. Any thread.
/// </summary>
internal sealed class BufferBudget(long bytesMax)
{
    /// <summary>What a connection may hold uncounted.</summary>
    public const long StepBytes = 16 << 10;

    private long _bytes;

    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Nothing more is taken in until some of it has left.</summary>
    public bool IsFull => Volatile.Read(ref _bytes) > bytesMax;

    public void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);
}
