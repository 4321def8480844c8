using Ebb.Engine.Log;
using Ebb.Engine.Sources;
using Ebb.Engine.Store;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Interest;

/// <summary>
/// The fold: how one log entry changes a partition. Live serving and replay run this same code on the same bytes, so
/// state at position P is the fold of the log up to P, exactly. It decides nothing (admission did) and cannot refuse.
/// A user's record skips entries that are not newer than it; the partition's own state is exact at its base position.
/// </summary>
internal sealed class PartitionFold(
    IKernelBackend backend, BankShape bank, MemorySchema schema, PartitionState state)
{
    public const uint FirstSpace = 1;

    public PartitionState State => state;

    /// <summary>
    /// Events older than their user's latest, since open. Not folded: replay over a base skips what the base's records
    /// hold already and would count differently.
    /// </summary>
    public long LateCount { get; private set; }

    /// <summary>Where the population's sources learn from what is folded; null while none is learned.</summary>
    public LearnRing? Feed { get; set; }

    /// <summary>
    /// Adds the users that applying this entry will touch. Ask in log order, before any entry is applied.
    /// </summary>
    public void Collect(FoldEntry entry, UserWorkingSet users)
    {
        if (entry.Kind is FoldEntryKind.Event or FoldEntryKind.Park)
        {
            users.Add(entry.User);
        }
        else if (entry.Kind == FoldEntryKind.Resolve)
        {
            foreach (ParkedEvent parked in state.Parked.EventsOf(new OpaqueId(entry.Item.ToArray())))
            {
                users.Add(parked.User);
            }
        }
    }

    public void Apply<TVectors>(
        FoldEntry entry, LogPosition position, UserWorkingSet users, TVectors vectors)
        where TVectors : IItemVectors, allows ref struct
    {
        switch (entry.Kind)
        {
            case FoldEntryKind.Event:
                ApplyEvent(entry, position, users, vectors);
                break;
            case FoldEntryKind.Park:
                ApplyPark(entry, position, users);
                break;
            case FoldEntryKind.Resolve:
                ApplyResolve(entry, position, users, vectors);
                break;
            case FoldEntryKind.GiveUp:
                state.Parked.DropOldest(entry.Count);
                state.Totals = state.Totals with { GivenUp = state.Totals.GivenUp + (ulong)entry.Count };
                break;
            case FoldEntryKind.Schema:
            default:
                break;
        }
    }

    private void ApplyEvent<TVectors>(
        FoldEntry entry, LogPosition position, UserWorkingSet users, TVectors vectors)
        where TVectors : IItemVectors, allows ref struct
    {
        EventFacts facts = EventFacts.From(entry);
        state.Sessions.Raise(facts.Session, facts.SessionSequence, position.Sequence);
        AddToTotals(facts);
        int slot = SlotOf(entry, users);
        UserRecord record = Open(users, slot);
        if (record.Sequence >= position.Sequence)
        {
            return;
        }

        ReadOnlySpan<float> vector = vectors.Vector(facts.ItemIndex, facts.ItemVersion);
        FoldIntoBank(record, facts, vector);
        if (facts.EventId != 0)
        {
            record.PushEventId(facts.EventId);
        }

        Mark(users, slot, record, position);
    }

    private void ApplyPark(FoldEntry entry, LogPosition position, UserWorkingSet users)
    {
        EventFacts facts = EventFacts.From(entry);
        state.Sessions.Raise(facts.Session, facts.SessionSequence, position.Sequence);
        state.Parked.Add(entry.User, entry.Item, facts);
        state.Totals = state.Totals with { Parked = state.Totals.Parked + 1 };
        int slot = SlotOf(entry, users);
        UserRecord record = Open(users, slot);
        if (record.Sequence >= position.Sequence)
        {
            return;
        }

        // Marked now, not when the item comes: the same event sent twice must park once.
        if (facts.EventId != 0)
        {
            record.PushEventId(facts.EventId);
        }

        Mark(users, slot, record, position);
    }

    private void ApplyResolve<TVectors>(
        FoldEntry entry, LogPosition position, UserWorkingSet users, TVectors vectors)
        where TVectors : IItemVectors, allows ref struct
    {
        IReadOnlyList<ParkedEvent> parkedEvents = state.Parked.Take(new OpaqueId(entry.Item.ToArray()));
        ReadOnlySpan<float> vector = vectors.Vector(entry.ItemIndex, entry.ItemVersion);
        foreach (ParkedEvent parked in parkedEvents)
        {
            EventFacts facts = parked.Facts with { ItemIndex = entry.ItemIndex, ItemVersion = entry.ItemVersion };
            AddToTotals(facts);
            state.Totals = state.Totals with { Resolved = state.Totals.Resolved + 1 };
            int slot = users.Find(parked.User);
            UserRecord record = Open(users, slot);

            // All of one user's parked events share this position: the first of them must not shut out the second.
            if (record.Sequence < position.Sequence || users.IsMarkedAt(slot, position.Sequence))
            {
                FoldIntoBank(record, facts, vector);
                Mark(users, slot, record, position);
            }
        }
    }

    private void FoldIntoBank(UserRecord record, in EventFacts facts, ReadOnlySpan<float> vector)
    {
        RecentEventFlags flags = (facts.Flags & FoldEntry.ClampedFlag) != 0 ? RecentEventFlags.Clamped : default;
        long heldAtMs = record.EventCount == 0 ? facts.TimeMs : record.LastEventMs;
        long asOfMs = Math.Max(heldAtMs, facts.TimeMs);
        if (facts.TimeMs < heldAtMs)
        {
            flags |= RecentEventFlags.Late;
            LateCount++;
        }

        backend.DecayAccumulate(
            bank, record.Bank, new BankStep(asOfMs - heldAtMs, asOfMs - facts.TimeMs, facts.Weight), vector);
        record.LastEventMs = asOfMs;
        record.FirstEventMs = record.EventCount == 0 ? facts.TimeMs : Math.Min(record.FirstEventMs, facts.TimeMs);
        record.EventCount++;
        record.PushRecent(
            new RecentEvent(facts.TimeMs, facts.ItemIndex, facts.ItemVersion, facts.Weight, facts.Type, flags));
        Feed?.Add(record);
    }

    private void AddToTotals(in EventFacts facts)
    {
        ulong clamped = (facts.Flags & FoldEntry.ClampedFlag) != 0 ? 1UL : 0;
        state.Totals = state.Totals with
        {
            Applied = state.Totals.Applied + 1,
            Clamped = state.Totals.Clamped + clamped,
        };
        state.Population.Add(facts.ItemIndex, facts.Weight, facts.TimeMs);
    }

    private static int SlotOf(FoldEntry entry, UserWorkingSet users) =>
        entry.Slot != FoldEntry.NoSlot ? entry.Slot : users.Find(entry.User);

    private UserRecord Open(UserWorkingSet users, int slot)
    {
        if (!users.IsFound(slot))
        {
            UserRecord.Initialise(users.RecordBytes(slot), users.Shape, schema.Number, FirstSpace);
            users.MarkFound(slot);
        }

        return new UserRecord(users.RecordBytes(slot), users.Shape);
    }

    private static void Mark(UserWorkingSet users, int slot, UserRecord record, LogPosition position)
    {
        record.Sequence = position.Sequence;
        record.Epoch = position.Epoch;
        users.MarkDirty(slot, position.Sequence);
    }
}
