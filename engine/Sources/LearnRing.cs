using Ebb.Engine.Store;

namespace Ebb.Engine.Sources;

/// <summary>
/// The way from one partition's writer (the only producer) to the learner (the only consumer). Bounded: what does not
/// fit is dropped and counted, because a population table may miss an event and a request may not wait. No lock.
/// </summary>
internal sealed class LearnRing(SourceLearner learner)
{
    /// <summary>A power of two; 300 KiB a partition, and only where sources are learned.</summary>
    private const int EventCountMax = 2048;

    private readonly LearnedEvent[] _events = new LearnedEvent[EventCountMax];
    private long _written;
    private long _read;
    private long _dropped;

    public long DroppedCount => Volatile.Read(ref _dropped);

    public bool IsEmpty => Volatile.Read(ref _written) == Volatile.Read(ref _read);

    /// <summary>The newest event of the record was just folded. For the partition's writer.</summary>
    public void Add(UserRecord record)
    {
        long place = _written;
        if (place - Volatile.Read(ref _read) == EventCountMax)
        {
            Volatile.Write(ref _dropped, _dropped + 1);
            return;
        }

        if (_events[place & (EventCountMax - 1)].TryRead(record, 0))
        {
            Volatile.Write(ref _written, place + 1);
            learner.Wake();
        }
    }

    /// <summary>Learns what is there, at most so many events; says how many. For the learner.</summary>
    public int Drain(SourceTables? tables, int countMax)
    {
        int count = (int)Math.Min(countMax, Volatile.Read(ref _written) - _read);
        for (int index = 0; index < count; index++)
        {
            tables?.Learn(_events[_read & (EventCountMax - 1)]);
            Volatile.Write(ref _read, _read + 1);
        }

        return count;
    }
}
