namespace Ebb.Engine.Diagnostics;

/// <summary>
/// Counts of one partition since open. Written by its writer alone (no interlocked operation on the hot path), read by
/// anyone a little late.
/// </summary>
internal sealed class PartitionCounters
{
    private readonly long[] _decisions = new long[5];

    public long EventsOk { get; private set; }

    public long EventsDuplicate { get; private set; }

    public long EventsParked { get; private set; }

    public long EventsRefused { get; private set; }

    public long EventsClamped { get; private set; }

    public long Scans { get; private set; }

    public long Batches { get; private set; }

    public long Requests { get; private set; }

    public long Decisions(Ranking.ListDecision decision) => Volatile.Read(ref _decisions[(int)decision]);

    public void Event(EntryStatus status)
    {
        switch (status)
        {
            case EntryStatus.Ok:
                EventsOk++;
                break;
            case EntryStatus.Duplicate:
                EventsDuplicate++;
                break;
            case EntryStatus.Parked:
                EventsParked++;
                break;
            default:
                EventsRefused++;
                break;
        }
    }

    public void Clamped() => EventsClamped++;

    public void List(Ranking.ListDecision decision, bool scanned)
    {
        _decisions[(int)decision]++;
        Scans += scanned ? 1 : 0;
    }

    public void Batch(int requestCount)
    {
        Batches++;
        Requests += requestCount;
    }
}
