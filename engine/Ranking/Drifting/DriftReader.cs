using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Diagnostics;
using Ebb.Engine.Store;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;

namespace Ebb.Engine.Ranking.Drifting;

/// <summary>DRIFT: every distance for one user, and both alarms. Runs on the partition's writer.</summary>
internal sealed class DriftReader(
    IKernelBackend backend, BankShape bank, Func<Partition[]> partitions, DriftMonitor monitor)
{
    private readonly DriftMeter _meter = new(backend);
    private readonly float[] _interest = new float[bank.Dimension];

    public DriftReply Read(
        EngineRequest request, scoped UserRecord record, bool known, long nowMs, PartitionParts parts,
        CatalogueLease catalogue)
    {
        PolicyInForce policy = parts.Policies.For(request.UserBytes);
        var reply = new DriftReply
        {
            Known = known,
            Distance = policy.Drift.Distance,
            IsRaw = request.Raw,
            IsProjected = policy.Projection is not null,
            KeepBelow = policy.Policy.KeepBelow,
            ShiftFrom = policy.Policy.ShiftFrom,
            AlarmFrom = parts.Counters.Drift.AlarmFrom(policy.Policy.DriftAlarmFrom),
            Population = monitor.State,
            Taste = known ? parts.Tastes.Read(record, catalogue) : double.NaN,
            TasteAlarmFrom = parts.Tastes.Monitor.AlarmFrom(policy.Policy.TasteAlarmFrom),
            PopulationTaste = parts.Tastes.Monitor.State,
            Generation = catalogue.Generation,
        };
        if (!known || record.EventCount == 0 || parts.Served.Latest(request.UserBytes) is not { } list)
        {
            return reply;
        }

        double log2Scale = parts.Profiles.Interest(record, nowMs, policy, _interest);
        var current = new ScaledInterest(_interest, log2Scale);
        double drift = _meter.Measure(policy, current, list.Interest);
        ReadOnlyMemory<float> weights = policy.Policy.Drift.Attention;
        bool hasWeights = !weights.IsEmpty && (policy.Policy.Projection is null || policy.Projection is not null);
        return reply with
        {
            HasList = true,
            Drift = drift,
            Cosine = Of(policy, DriftDistance.Cosine, request.Raw, current, list),
            Euclidean = Of(policy, DriftDistance.Euclidean, request.Raw, current, list),
            Attention = hasWeights
                ? Of(policy, DriftDistance.Attention, request.Raw, current, list)
                : double.NaN,
            AttentionSquared = hasWeights
                ? Of(policy, DriftDistance.AttentionSquared, request.Raw, current, list)
                : double.NaN,
            PopulationShare = ShareUpTo(drift),
        };
    }

    private double Of(
        PolicyInForce policy, DriftDistance distance, bool raw, scoped ScaledInterest current, ServedList list) =>
        _meter.Measure(
            policy, new DriftMeasure(distance, raw, policy.Policy.Drift.Attention), current, list.Interest);

    private double ShareUpTo(double drift)
    {
        DriftCounters[] all = [.. partitions().Select(partition => partition.Batch.Parts.Counters.Drift)];
        long total = all.Sum(counters => counters.Total);
        int last = DriftCounters.StepOf(drift);
        long upTo = Enumerable.Range(0, last + 1).Sum(step => all.Sum(counters => counters[step]));
        return total == 0 ? double.NaN : (double)upTo / total;
    }
}
