using Ebb.Engine.Log;

namespace Ebb.Engine.Recovery;

/// <summary>
/// By when the files must be free of whom FORGET took out. The promise is the log's retention time and a slack for
/// the work itself; the erasing begins when the retention time is over. Any thread.
/// </summary>
internal sealed class ErasureSchedule(EventLogOptions options, bool hasFiles)
{
    /// <summary>From the end of the retention to the promise: what a sweep may take.</summary>
    public static readonly TimeSpan Slack = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly HashSet<PendingErasure> _pending = [];

    public int PendingCount
    {
        get
        {
            lock (_gate)
            {
                return _pending.Count;
            }
        }
    }

    /// <summary>What a receipt of now may state.</summary>
    public long PromiseMs(long nowMs)
    {
        if (!hasFiles)
        {
            return nowMs;
        }

        return options.RetentionTime == Timeout.InfiniteTimeSpan
            ? long.MaxValue
            : nowMs + (long)(options.RetentionTime + Slack).TotalMilliseconds;
    }

    public void Add(ushort partition, ulong sequence, long erasedByMs)
    {
        if (hasFiles && erasedByMs != long.MaxValue)
        {
            Add(new PendingErasure(partition, sequence, erasedByMs - (long)Slack.TotalMilliseconds));
        }
    }

    public void Add(PendingErasure erasure)
    {
        lock (_gate)
        {
            _pending.Add(erasure);
        }
    }

    public void Remove(IEnumerable<PendingErasure> erasures)
    {
        lock (_gate)
        {
            _pending.ExceptWith(erasures);
        }
    }

    /// <summary>Those whose time has come.</summary>
    public PendingErasure[] Due(long nowMs)
    {
        lock (_gate)
        {
            return [.. _pending.Where(erasure => erasure.DueMs <= nowMs)];
        }
    }

    public PendingErasure[] All()
    {
        lock (_gate)
        {
            return [.. _pending.OrderBy(erasure => (erasure.Partition, erasure.Sequence))];
        }
    }
}
