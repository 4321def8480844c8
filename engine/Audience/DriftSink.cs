using Ebb.Engine.Batching;
using Ebb.Engine.Diagnostics;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Engine.Store;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;

namespace Ebb.Engine.Audience;

/// <summary>
/// How far each user who has a list has drifted from it by now: on the device where there is one and the policy
/// measures vectors as they are, else one by one. Runs in a partition's turn; one sweep, one thread at a time.
/// </summary>
internal sealed class DriftSink(SchemaInForce schema, IKernelBackend backend) : IPopulationSink
{
    private readonly DriftMeter _meter = new(backend);
    private readonly float[] _interest = new float[schema.Bank.Dimension];
    private readonly long[] _counts = new long[DriftCounters.StepCount];

    private readonly UserSweep? _sweep = backend.SweepCount == 0
        ? null
        : new UserSweep(
            schema.Bank, Math.Max(backend.SweepCount, AudienceSweeps.SliceUserCount), hasReferences: true);

    private PartitionParts _parts = null!;
    private byte[] _copy = [];
    private double _sum;
    private long _userCount;

    public void Enter(PartitionParts parts) => _parts = parts;

    public void OnUser(ReadOnlySpan<byte> key, ReadOnlySpan<byte> record)
    {
        PolicyInForce policy = _parts.Policies.For(key);
        if (_parts.Served.Latest(key) is not { } list || !ReferenceEquals(list.Policy, policy))
        {
            return;
        }

        // The view wants bytes it could write; the store's are not ours to hand on.
        _copy = _copy.Length == record.Length ? _copy : new byte[record.Length];
        record.CopyTo(_copy);
        var user = new UserRecord(_copy, schema.Shape);
        if (user.EventCount == 0)
        {
            return;
        }

        double elapsedMs = Math.Max(0, _parts.NowMs - user.LastEventMs);
        if (_sweep is { } sweep && Sweeps(sweep, policy))
        {
            int at = sweep.Add(user.Bank, elapsedMs, policy.Coefficients, []);
            int dimension = schema.Bank.Dimension;
            list.Reference.CopyTo(sweep.References.AsSpan(at * dimension, dimension));
            return;
        }

        double log2Scale = backend.Blend(
            schema.Bank, user.Bank, new BlendAt(elapsedMs, policy.Coefficients), _interest);
        Count(_meter.Measure(policy, new ScaledInterest(_interest, log2Scale), list.Interest));
    }

    public void Settle(bool isEnd)
    {
        if (_sweep is null || _sweep.Count == 0
            || (!isEnd && _sweep.Capacity - _sweep.Count >= AudienceSweeps.SliceUserCount))
        {
            return;
        }

        backend.Sweep(_sweep);
        for (int user = 0; user < _sweep.Count; user++)
        {
            Count(_sweep.Answers[user]);
        }

        _sweep.Clear();
    }

    public PopulationDrift Take() => new(_userCount, _userCount == 0 ? double.NaN : _sum / _userCount)
    {
        P50 = Quantile(0.5),
        P99 = Quantile(0.99),
    };

    /// <summary>One measure a slice; the first user of it says which.</summary>
    private static bool Sweeps(UserSweep sweep, PolicyInForce policy)
    {
        if (policy.Projection is not null || (policy.Drift.Raw && policy.Drift.Distance != DriftDistance.Cosine))
        {
            return false;
        }

        if (sweep.Count == 0)
        {
            sweep.Measure = policy.Drift;
        }

        return ReferenceEquals(sweep.Measure, policy.Drift);
    }

    private void Count(double drift)
    {
        _userCount++;
        _sum += drift;
        _counts[DriftCounters.StepOf(drift)]++;
    }

    private double Quantile(double share)
    {
        long seen = 0;
        for (int step = 0; step < _counts.Length && _userCount > 0; step++)
        {
            seen += _counts[step];
            if (seen >= share * _userCount)
            {
                return DriftCounters.UpTo[step];
            }
        }

        return double.NaN;
    }
}
