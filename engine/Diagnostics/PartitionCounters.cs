using Ebb.Engine.Batching;

namespace Ebb.Engine.Diagnostics;

/// <summary>
/// Counts of one partition since open. Written by its writer alone (no interlocked operation on the hot path), read by
/// anyone a little late.
/// </summary>
internal sealed class PartitionCounters(DriftMonitor monitor)
{
    /// <summary>Requests of a batch that count half in <see cref="PaceMs"/>.</summary>
    private const double PaceCount = 16;

    private readonly long[] _decisions = new long[5];
    private long _begunAt;
    private double _paceMs;

    public long EventsOk { get; private set; }

    public long EventsDuplicate { get; private set; }

    public long EventsParked { get; private set; }

    public long EventsRefused { get; private set; }

    public long EventsClamped { get; private set; }

    public long Scans { get; private set; }

    /// <summary>Batches closed because nothing more was waiting.</summary>
    public long BatchesDrained { get; private set; }

    /// <summary>Batches closed because they held as many requests as a batch may.</summary>
    public long BatchesFull { get; private set; }

    public long Requests { get; private set; }

    /// <summary>Requests of a batch.</summary>
    public PowerBuckets BatchSizes { get; } = new();

    /// <summary>Microseconds from hand-over to the begin of the batch, each request once.</summary>
    public PowerBuckets QueueTimesUs { get; } = new();

    /// <summary>The δ's of lists.</summary>
    public DriftCounters Drift { get; } = new(monitor);

    /// <summary>Milliseconds of the writer for one request, in the last batch.</summary>
    public double LastRequestMs { get; private set; }

    /// <summary>The same over some batches: a long batch says much, a single request little.</summary>
    public double PaceMs => Volatile.Read(ref _paceMs);

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

    public long EventsCapped { get; private set; }

    public void Capped() => EventsCapped++;

    public long UsersForgotten { get; private set; }

    public void Forgotten() => UsersForgotten++;

    public long UsersExpired { get; private set; }

    public void Expired(int count) => UsersExpired += count;

    public long EventsUnsent { get; private set; }

    public void Unsent() => EventsUnsent++;

    public void List(Ranking.ListDecision decision, bool scanned)
    {
        _decisions[(int)decision]++;
        Scans += scanned ? 1 : 0;
    }

    /// <summary>A batch begins now; each of its requests is told.</summary>
    public void BatchBegins(List<EngineRequest> requests, bool isFull, TimeProvider clock)
    {
        _begunAt = clock.GetTimestamp();
        double ticksPerUs = clock.TimestampFrequency / 1e6;
        int count = 0;
        foreach (EngineRequest request in requests)
        {
            request.BegunAt = _begunAt;
            QueueTimesUs.Add((long)((_begunAt - request.SubmittedAt) / ticksPerUs), request.Weight);
            count += request.Weight;
        }

        BatchSizes.Add(count);
        Requests += count;
        BatchesFull += isFull ? 1 : 0;
        BatchesDrained += isFull ? 0 : 1;
    }

    public void BatchEnds(int requestCount, TimeProvider clock)
    {
        LastRequestMs = clock.GetElapsedTime(_begunAt).TotalMilliseconds / requestCount;
        double weight = requestCount / (requestCount + PaceCount);
        Volatile.Write(ref _paceMs, _paceMs + (weight * (LastRequestMs - _paceMs)));
    }
}
