namespace Ebb.Client.Internal;

/// <summary>
/// Writes in the order of their sequences, from sending until they are durable (or settled in another way). Not
/// thread-safe: touched under the core's lock.
/// </summary>
internal sealed class ResendWindow
{
    private readonly Queue<PendingCall> _writes = new();

    public long Bytes { get; private set; }

    public ulong DurableUpTo { get; private set; }

    /// <summary>Last sequence of the oldest write kept; the maximum when there is none.</summary>
    public ulong OldestSequence => _writes.TryPeek(out var oldest) ? oldest.LastSequence : ulong.MaxValue;

    public IEnumerable<PendingCall> Writes => _writes;

    public void Add(PendingCall write)
    {
        _writes.Enqueue(write);
        Bytes += write.Frame.Length;
    }

    /// <summary>The server's mark. True when something left the window.</summary>
    public bool RaiseMark(ulong durableUpTo)
    {
        DurableUpTo = Math.Max(DurableUpTo, durableUpTo);
        return Shrink();
    }

    /// <summary>Lets go of what is safe at the old end. What has no reply yet stays, for its reply.</summary>
    public bool Shrink()
    {
        int before = _writes.Count;
        while (_writes.TryPeek(out var oldest) && oldest.IsAnswered
            && (oldest.IsSettled || oldest.LastSequence <= DurableUpTo))
        {
            _writes.Dequeue();
            Bytes -= oldest.Frame.Length;
        }

        return _writes.Count != before;
    }
}
