using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Sources;

/// <summary>
/// The one consumer of all partitions' events. A turn of the pool, not a thread: whoever hands an event over and finds
/// it idle schedules it. Idle, it costs nothing.
/// </summary>
internal sealed class SourceLearner(ILogger logger) : IThreadPoolWorkItem
{
    private const int EventsPerTurn = 4096;

    private readonly ConcurrentQueue<LearnedEvent[]> _slices = new();
    private readonly ConcurrentQueue<TaskCompletionSource> _waiting = new();
    private LearnRing[] _rings = [];
    private SourceTables? _tables;
    private int _scheduled;

    /// <summary>Set while no partition feeds.</summary>
    public SourceTables? Tables
    {
        get => Volatile.Read(ref _tables);
        set => Volatile.Write(ref _tables, value);
    }

    public long DroppedCount => Volatile.Read(ref _rings).Sum(ring => ring.DroppedCount);

    public LearnRing[] OpenRings(int partitionCount)
    {
        if (_rings.Length == 0)
        {
            var rings = new LearnRing[partitionCount];
            for (int index = 0; index < rings.Length; index++)
            {
                rings[index] = new LearnRing(this);
            }

            Volatile.Write(ref _rings, rings);
        }

        return _rings;
    }

    /// <summary>Events of the past, for the tables of now; never dropped.</summary>
    public void Add(LearnedEvent[] slice)
    {
        _slices.Enqueue(slice);
        Wake();
    }

    /// <summary>Done when everything that was handed over before is learned and shown.</summary>
    public Task SettleAsync()
    {
        var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Enqueue(settled);
        Wake();
        return settled.Task;
    }

    public void Wake()
    {
        // A full barrier between what was handed over and this look: a turn that is just ending sees one of the two.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _scheduled) == 0 && Interlocked.CompareExchange(ref _scheduled, 1, 0) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    public void Execute()
    {
        int waitingCount = _waiting.Count;
        bool idle;
        try
        {
            idle = RunTurn(all: waitingCount > 0);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Whatever broke it would break it again: the sources go out, the vector serves.
            EngineLog.LearnerFailed(logger, failure.Message, failure);
            Tables = null;
            idle = true;
        }

        for (; idle && waitingCount > 0 && _waiting.TryDequeue(out TaskCompletionSource? settled); waitingCount--)
        {
            settled.SetResult();
        }

        Interlocked.Exchange(ref _scheduled, 0);
        if (!_waiting.IsEmpty || !_slices.IsEmpty || _rings.Any(ring => !ring.IsEmpty))
        {
            Wake();
        }
    }

    /// <summary>True when nothing that was there at the start is left.</summary>
    private bool RunTurn(bool all)
    {
        SourceTables? tables = Tables;
        int left = EventsPerTurn;
        while (left > 0 && _slices.TryDequeue(out LearnedEvent[]? slice))
        {
            foreach (ref readonly LearnedEvent learned in slice.AsSpan())
            {
                tables?.Learn(learned);
            }

            left -= slice.Length;
        }

        bool idle = left > 0;
        foreach (LearnRing ring in _rings)
        {
            int drained = ring.Drain(tables, EventsPerTurn);
            idle &= drained < EventsPerTurn;
        }

        tables?.Publish(all && idle);
        return idle;
    }
}
