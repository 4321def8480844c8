using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Engine.Store;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Batching;

/// <summary>
/// The gain of an impulse by drift: w' = w·g(δ), g going from 1 at ε_keep to the policy's gain at ε_shift. δ is that of
/// the user as the batch found him, to the list he was served last; 1 where there is none, or none of this policy. The
/// weight that comes out is what is logged, so the fold, which has no lists, never asks for δ. Partition's writer.
/// </summary>
internal sealed class DriftGain(PartitionParts parts, IKernelBackend backend, BankShape bank)
{
    private readonly DriftMeter _meter = new(backend);
    private readonly float[] _interest = new float[bank.Dimension];

    // By slot of the batch; NaN: not asked for yet.
    private float[] _gains = [];
    private int _slotCount;

    public void BeginBatch() => _slotCount = 0;

    /// <summary>The weight of an event after its gain, at most <see cref="Interest.ImpulseRule.WeightMax"/>.</summary>
    public float Apply(float weight, ReadOnlySpan<byte> user, int slot, long timeMs)
    {
        PolicyInForce policy = parts.Policies.For(user);
        if (policy.Policy.GainAtShift is not { } atShift)
        {
            return weight;
        }

        Reach(slot);
        if (float.IsNaN(_gains[slot]))
        {
            _gains[slot] = (float)Gain(policy, atShift, user, slot, timeMs);
        }

        return Math.Clamp(
            weight * _gains[slot], -Interest.ImpulseRule.WeightMax, Interest.ImpulseRule.WeightMax);
    }

    private double Gain(PolicyInForce policy, double atShift, ReadOnlySpan<byte> user, int slot, long timeMs)
    {
        if (!parts.Users.IsFound(slot) || parts.Served.Latest(user) is not { } list
            || !ReferenceEquals(list.Policy, policy))
        {
            return 1;
        }

        var record = new UserRecord(parts.Users.RecordBytes(slot), parts.Users.Shape);
        if (record.EventCount == 0)
        {
            return 1;
        }

        double log2Scale = parts.Profiles.Interest(record, timeMs, policy, _interest);
        double drift = _meter.Measure(policy, new ScaledInterest(_interest, log2Scale), list.Interest);
        return 1 + (ListPlanner.ShiftOf(drift, policy.Policy) * (atShift - 1));
    }

    private void Reach(int slot)
    {
        if (_gains.Length <= slot)
        {
            Array.Resize(ref _gains, Math.Max(64, 2 * (slot + 1)));
        }

        if (_slotCount <= slot)
        {
            _gains.AsSpan(_slotCount, slot + 1 - _slotCount).Fill(float.NaN);
            _slotCount = slot + 1;
        }
    }
}
