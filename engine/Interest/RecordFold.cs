using Ebb.Engine.Store;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Interest;

/// <summary>
/// How one event changes one record: the fold of a live partition, of replay, and of a record made anew without an
/// event or for another schema. Stored arithmetic alone. One thread at a time.
/// </summary>
internal sealed class RecordFold
{
    private readonly IKernelBackend _backend;
    private readonly BankShape _bank;
    private readonly SplitFold? _splits;

    public RecordFold(IKernelBackend backend, BankShape bank, IReadOnlyList<CategorySplit> splits)
    {
        _backend = backend;
        _bank = bank;
        _splits = splits.Count == 0 ? null : new SplitFold(backend, bank, splits);
    }

    /// <summary>True when the event is older than the user's latest.</summary>
    public bool Fold(UserRecord record, in EventFacts facts, ReadOnlySpan<float> vector)
    {
        RecentEventFlags flags = (facts.Flags & FoldEntry.ClampedFlag) != 0 ? RecentEventFlags.Clamped : default;
        flags |= facts.HasId ? RecentEventFlags.HasId : default;
        flags |= (RecentEventFlags)(facts.Split << FoldEntry.SplitShift);
        long heldAtMs = record.EventCount == 0 ? facts.TimeMs : record.LastEventMs;
        long asOfMs = Math.Max(heldAtMs, facts.TimeMs);
        bool isLate = facts.TimeMs < heldAtMs;
        flags |= isLate ? RecentEventFlags.Late : default;
        Accumulate(record, new BankStep(asOfMs - heldAtMs, asOfMs - facts.TimeMs, facts.Weight), facts.Split, vector);
        record.LastEventMs = asOfMs;
        record.FirstEventMs = record.EventCount == 0 ? facts.TimeMs : Math.Min(record.FirstEventMs, facts.TimeMs);
        record.EventCount++;
        if (!facts.IsCapped)
        {
            record.PushRecent(
                new RecentEvent(facts.TimeMs, facts.ItemIndex, facts.ItemVersion, facts.Weight, facts.Type, flags));
        }

        return isLate;
    }

    /// <summary>
    /// Takes a remembered event out of the sums, equal to rounding to never having folded it. The moment that the sums
    /// are as of stays, also where the event was the last one.
    /// </summary>
    public void Subtract(UserRecord record, int recentIndex, in EventFacts facts, ReadOnlySpan<float> vector)
    {
        if (record.EventCount <= 1)
        {
            record.ClearEvents();
            return;
        }

        double ageMs = Math.Max(0, record.LastEventMs - facts.TimeMs);
        Accumulate(record, new BankStep(0, ageMs, -facts.Weight), facts.Split, vector);
        record.EventCount--;
        if (recentIndex >= 0)
        {
            record.RemoveRecent(recentIndex);
        }
    }

    private void Accumulate(UserRecord record, in BankStep step, int split, ReadOnlySpan<float> vector)
    {
        if (split == 0 || _splits is null)
        {
            _backend.DecayAccumulate(_bank, record.Bank, step, vector);
        }
        else
        {
            _splits.DecayAccumulate(record.Bank, step, split, vector);
        }
    }
}
