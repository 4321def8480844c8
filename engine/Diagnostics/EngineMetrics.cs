using System.Diagnostics.Metrics;
using Ebb.Engine.Ranking;

namespace Ebb.Engine.Diagnostics;

/// <summary>
/// The engine's instruments, meter "Ebb.Engine". All are observed (read when a listener asks), so serving pays nothing
/// for them.
/// </summary>
internal sealed class EngineMetrics : IDisposable
{
    public const string MeterName = "Ebb.Engine";

    private readonly Meter _meter;

    public EngineMetrics(InterestEngine engine, EngineCore core)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = engine });
        _meter.CreateObservableCounter("ebb.events", () => Events(core), "{event}", "Events by what became of them");
        _meter.CreateObservableCounter("ebb.lists", () => Lists(core), "{list}", "Lists by decision");
        _meter.CreateObservableCounter(
            "ebb.scans", () => Sum(core, counters => counters.Scans), "{scan}", "Full scans of the catalogue");
        CreateDrift(core);
        _meter.CreateObservableCounter(
            "ebb.batches", () => Batches(core), "{batch}", "Batches of all partitions by why they were closed");
        _meter.CreateObservableCounter(
            "ebb.batch.sizes", () => Buckets(core, counters => counters.BatchSizes), "{batch}",
            "Batches by requests, up to and including the tag's number and above half of it");
        _meter.CreateObservableCounter(
            "ebb.queue.times", () => Buckets(core, counters => counters.QueueTimesUs), "{request}",
            "Requests by microseconds waited, likewise");
        _meter.CreateObservableCounter(
            "ebb.requests", () => Sum(core, counters => counters.Requests), "{request}", "Requests run, by share");
        _meter.CreateObservableGauge(
            "ebb.queue", () => core.Partitions.Sum(partition => partition.QueuedCount), "{request}", "Waiting");
        _meter.CreateObservableGauge(
            "ebb.users", () => core.Partitions.Sum(partition => partition.Batch.Parts.Store.Count), "{user}", "Held");
        _meter.CreateObservableGauge(
            "ebb.catalogue.generation", () => (long)core.Catalogue.Generation, null, "Published catalogue changes");
        _meter.CreateObservableGauge(
            "ebb.catalogue.vector_bytes", () => core.Catalogue.VectorBytes, "By", "Bytes held for item vectors");
        _meter.CreateObservableGauge(
            "ebb.log.undurable", () => Undurable(core), "{entry}", "Entries appended and not yet synced");
    }

    public void Dispose() => _meter.Dispose();

    private void CreateDrift(EngineCore core)
    {
        _meter.CreateObservableCounter(
            "ebb.drift", () => Drifts(core), "{list}", "Lists by drift since the one before, up to the tag's number");
        _meter.CreateObservableCounter(
            "ebb.drift.user_alarms", () => Sum(core, counters => counters.Drift.UserAlarms), "{list}",
            "Lists of users past their drift alarm");
        _meter.CreateObservableCounter(
            "ebb.drift.alarms", () => core.DriftMonitor.State.RaisedCount, "{alarm}", "Drift alarms of the population");
        _meter.CreateObservableGauge(
            "ebb.drift.statistic", () => core.DriftMonitor.State.Statistic, null, "CUSUM of the population's drift");
        _meter.CreateObservableCounter(
            "ebb.taste.user_alarms", () => core.TasteMonitor.UserAlarms, "{list}",
            "Lists of users whose taste has changed");
        _meter.CreateObservableCounter(
            "ebb.taste.alarms", () => core.TasteMonitor.State.RaisedCount, "{alarm}",
            "Times that many users' tastes changed");
        _meter.CreateObservableGauge(
            "ebb.taste.statistic", () => core.TasteMonitor.State.Statistic, null, "CUSUM of users whose taste changed");
    }

    private static IEnumerable<Measurement<long>> Drifts(EngineCore core)
    {
        for (int step = 0; step < DriftCounters.StepCount; step++)
        {
            long count = Sum(core, counters => counters.Drift[step]);
            yield return new Measurement<long>(
                count, new KeyValuePair<string, object?>("up_to", DriftCounters.UpTo[step]));
        }
    }

    private static IEnumerable<Measurement<long>> Events(EngineCore core)
    {
        yield return Tagged(Sum(core, counters => counters.EventsOk), "status", "ok");
        yield return Tagged(Sum(core, counters => counters.EventsDuplicate), "status", "duplicate");
        yield return Tagged(Sum(core, counters => counters.EventsParked), "status", "parked");
        yield return Tagged(Sum(core, counters => counters.EventsRefused), "status", "refused");
        yield return Tagged(Sum(core, counters => counters.EventsClamped), "status", "clamped");
    }

    private static IEnumerable<Measurement<long>> Batches(EngineCore core)
    {
        yield return Tagged(Sum(core, counters => counters.BatchesDrained), "reason", "drained");
        yield return Tagged(Sum(core, counters => counters.BatchesFull), "reason", "full");
    }

    private static IEnumerable<Measurement<long>> Buckets(
        EngineCore core, Func<PartitionCounters, PowerBuckets> buckets)
    {
        for (int bucket = 0; bucket < PowerBuckets.Count; bucket++)
        {
            long count = Sum(core, counters => buckets(counters)[bucket]);
            yield return new Measurement<long>(
                count, new KeyValuePair<string, object?>("up_to", PowerBuckets.UpTo(bucket)));
        }
    }

    private static IEnumerable<Measurement<long>> Lists(EngineCore core)
    {
        foreach (ListDecision decision in Enum.GetValues<ListDecision>())
        {
            yield return Tagged(
                Sum(core, counters => counters.Decisions(decision)),
                "decision", decision.ToString().ToLowerInvariant());
        }
    }

    private static Measurement<long> Tagged(long value, string name, string tag) =>
        new(value, new KeyValuePair<string, object?>(name, tag));

    private static long Sum(EngineCore core, Func<PartitionCounters, long> counter) =>
        core.Partitions.Sum(partition => counter(partition.Batch.Parts.Counters));

    private static long Undurable(EngineCore core) => core.Partitions.Sum(
        partition => Math.Max(0, (long)(partition.Batch.Tail - core.Log.DurableSequence(partition.Id))));
}
