using System.Runtime.InteropServices;
using Ebb.Engine.Interest.Merging;
using Ebb.Engine.Log;
using Ebb.Engine.Sources;
using Ebb.Engine.Store;
using Ebb.Kernels.Backends;

namespace Ebb.Engine.Interest;

/// <summary>
/// The fold: how one log entry changes a partition. Live serving and replay run this same code on the same bytes, so
/// state at position P is the fold of the log up to P, exactly. It decides nothing (admission did) and cannot refuse.
/// A user's record skips entries that are not newer than it; the partition's own state is exact at its base position.
/// </summary>
internal sealed class PartitionFold(
    IKernelBackend backend, SchemaInForce schema, PartitionState state)
{
    private readonly RecordMerger _merger = new(backend, schema.Bank);
    private readonly PopulationFold _population = new(state);
    private readonly RecordFold _records = new(backend, schema.Bank, schema.Schema.CategorySplits);

    public PartitionState State => state;

    public RecordFold Records => _records;

    public uint SchemaNumber => schema.Schema.Number;

    /// <summary>
    /// Events older than their user's latest, since open. Not folded: replay over a base skips what the base's records
    /// hold already and would count differently.
    /// </summary>
    public long LateCount { get; private set; }

    /// <summary>
    /// Told of each Forget, live and in replay: its sequence, and by when the files must be free of it.
    /// </summary>
    public Action<ulong, long>? Forgotten { get; set; }

    /// <summary>Told of each Rebuild, live and in replay: the user is of this schema from here on.</summary>
    public Action<byte[], RebuildMethod>? Rebuilt { get; set; }

    /// <summary>Where the population's sources learn from what is folded; null while none is learned.</summary>
    public LearnRing? Feed { get; set; }

    /// <summary>
    /// Adds the users that applying this entry will touch. Ask in log order, before any entry is applied.
    /// </summary>
    public void Collect(in FoldEntry entry, UserWorkingSet users)
    {
        if (entry.Kind is FoldEntryKind.Event or FoldEntryKind.Park or FoldEntryKind.Forget
            or FoldEntryKind.Expire or FoldEntryKind.Unsend or FoldEntryKind.Rebuild or FoldEntryKind.MergeOut
            or FoldEntryKind.MergeIn)
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
        in FoldEntry entry, LogPosition position, UserWorkingSet users, TVectors vectors)
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
                state.Totals.GivenUp += (ulong)entry.Count;
                break;
            case FoldEntryKind.Forget:
                ApplyForget(entry, position, users);
                break;
            case FoldEntryKind.Expire:
                Leave(entry, position, users);
                break;
            case FoldEntryKind.Unsend:
                ApplyUnsend(entry, position, users);
                break;
            case FoldEntryKind.Rebuild:
                ApplyRebuild(entry, position, users);
                break;
            case FoldEntryKind.MergeOut:
                ApplyMergeOut(entry, position, users);
                break;
            case FoldEntryKind.MergeIn:
                ApplyMergeIn(entry, position, users);
                break;
            case FoldEntryKind.MergeDone:
                state.Merges.Done(entry.SessionSequence);
                break;
            case FoldEntryKind.Schema:
            case FoldEntryKind.Pad:
            default:
                break;
        }
    }

    private void ApplyEvent<TVectors>(
        in FoldEntry entry, LogPosition position, UserWorkingSet users, TVectors vectors)
        where TVectors : IItemVectors, allows ref struct
    {
        EventFacts facts = EventFacts.From(entry);
        state.Sessions.Raise(facts.Session, facts.SessionSequence, position.Sequence);
        AddToTotals(facts, entry.User, entry.Item);
        state.Feedback.Add(entry.User, facts);
        if (facts.IsShown)
        {
            return;
        }

        state.Flows.Add(facts.FromCategory, facts.ToCategory, facts.TimeMs);
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
            record.PushEventId(facts.EventId, hasEvent: !facts.IsCapped);
        }

        Mark(users, slot, record, position);
    }

    private void ApplyPark(in FoldEntry entry, LogPosition position, UserWorkingSet users)
    {
        EventFacts facts = EventFacts.From(entry);
        state.Sessions.Raise(facts.Session, facts.SessionSequence, position.Sequence);
        state.Parked.Add(entry.User, entry.Item, facts);
        state.Totals.Parked++;
        int slot = SlotOf(entry, users);
        UserRecord record = Open(users, slot);
        if (record.Sequence >= position.Sequence)
        {
            return;
        }

        // Marked now, not when the item comes: the same event sent twice must park once.
        if (facts.EventId != 0)
        {
            record.PushEventId(facts.EventId, hasEvent: false);
        }

        Mark(users, slot, record, position);
    }

    private void ApplyResolve<TVectors>(
        in FoldEntry entry, LogPosition position, UserWorkingSet users, TVectors vectors)
        where TVectors : IItemVectors, allows ref struct
    {
        IReadOnlyList<ParkedEvent> parkedEvents = state.Parked.Take(new OpaqueId(entry.Item.ToArray()));
        ReadOnlySpan<float> vector = vectors.Vector(entry.ItemIndex, entry.ItemVersion);
        foreach (ParkedEvent parked in parkedEvents)
        {
            EventFacts facts = parked.Facts.ResolvedBy(entry);
            AddToTotals(facts, parked.User, default);
            state.Totals.Resolved++;
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

    /// <summary>
    /// The shares stand in the entry and are not looked up here: a base that was written after it has no record of the
    /// user any more, and replay over that base must take out the same.
    /// </summary>
    private void ApplyForget(in FoldEntry entry, LogPosition position, UserWorkingSet users)
    {
        state.Parked.DropUser(entry.User);
        state.Feedback.Forget(entry.User);
        var shares = new PopulationShare[entry.Text.Length / PopulationShare.Bytes];
        for (int index = 0; index < shares.Length; index++)
        {
            shares[index] = PopulationShare.Read(entry.Text[(index * PopulationShare.Bytes)..]);
        }

        _population.Leave(entry.User, shares);
        Forgotten?.Invoke(position.Sequence, entry.ErasedByMs);
        Leave(entry, position, users);
    }

    private static void Leave(in FoldEntry entry, LogPosition position, UserWorkingSet users)
    {
        int slot = users.Find(entry.User);
        bool isNewer = users.IsFound(slot)
            && new UserRecord(users.RecordBytes(slot), users.Shape).Sequence >= position.Sequence;
        if (!isNewer)
        {
            users.MarkForgotten(slot);
        }
    }

    /// <summary>
    /// The share in demand goes along with the record: a later FORGET of the other key takes it out where it is.
    /// </summary>
    private void ApplyMergeOut(in FoldEntry entry, LogPosition position, UserWorkingSet users)
    {
        state.Feedback.Close(entry.User);
        byte[] record = entry.Text.ToArray();
        _population.Leave(entry.User, new UserRecord(record, users.Shape));
        state.Merges.Left(new PendingMerge(position.Sequence, entry.Item.ToArray(), record));
        Forgotten?.Invoke(position.Sequence, entry.ErasedByMs);
        Leave(entry, position, users);
    }

    private void ApplyMergeIn(in FoldEntry entry, LogPosition position, UserWorkingSet users)
    {
        state.Merges.Arrived((ushort)entry.Session, entry.SessionSequence);
        var moved = new UserRecord(entry.Text.ToArray(), users.Shape);
        _population.Join(entry.User, moved);
        int slot = users.Find(entry.User);
        UserRecord record = Open(users, slot);
        if (record.Sequence < position.Sequence)
        {
            _merger.Merge(record, moved);
            Mark(users, slot, record, position);
        }
    }

    /// <summary>
    /// Carries out what was decided: the entry brings the record made anew, or the vector to subtract, so that replay
    /// needs neither older entries nor older vectors.
    /// </summary>
    private void ApplyUnsend(in FoldEntry entry, LogPosition position, UserWorkingSet users)
    {
        EventFacts facts = EventFacts.From(entry);
        var method = (UnsendMethod)entry.Count;
        if (method == UnsendMethod.Parked)
        {
            state.Parked.Drop(entry.User, facts.EventId);
            return;
        }

        _population.Remove(entry.User, new PopulationShare(facts.ItemIndex, facts.Weight, facts.TimeMs));
        int slot = users.Find(entry.User);
        UserRecord record = Open(users, slot);
        if (record.Sequence >= position.Sequence)
        {
            return;
        }

        if (method == UnsendMethod.Refolded)
        {
            record.CopyEventsFrom(entry.Text);
        }
        else
        {
            float[] vector = MemoryMarshal.Cast<byte, float>(entry.Text).ToArray();
            _records.Subtract(record, record.FindRecent(facts.EventId), facts, vector);
        }

        record.DetachEventId(facts.EventId);
        Mark(users, slot, record, position);
    }

    private void ApplyRebuild(in FoldEntry entry, LogPosition position, UserWorkingSet users)
    {
        int slot = users.Find(entry.User);
        UserRecord record = Open(users, slot);
        if (record.Sequence < position.Sequence)
        {
            entry.Text.CopyTo(users.RecordBytes(slot));
            Mark(users, slot, record, position);
        }

        Rebuilt?.Invoke(entry.User.ToArray(), (RebuildMethod)entry.Count);
    }

    private void FoldIntoBank(UserRecord record, in EventFacts facts, ReadOnlySpan<float> vector)
    {
        LateCount += _records.Fold(record, facts, vector) ? 1 : 0;
        if (!facts.IsCapped)
        {
            Feed?.Add(record);
        }
    }

    private void AddToTotals(in EventFacts facts, ReadOnlySpan<byte> user, ReadOnlySpan<byte> segment)
    {
        state.Totals.Applied++;
        state.Totals.Clamped += (facts.Flags & FoldEntry.ClampedFlag) != 0 ? 1UL : 0;
        if (!facts.IsShown)
        {
            _population.Add(user, segment, new PopulationShare(facts.ItemIndex, facts.Weight, facts.TimeMs));
        }
    }

    private static int SlotOf(in FoldEntry entry, UserWorkingSet users) =>
        entry.Slot != FoldEntry.NoSlot ? entry.Slot : users.Find(entry.User);

    private UserRecord Open(UserWorkingSet users, int slot)
    {
        if (!users.IsFound(slot))
        {
            UserRecord.Initialise(users.RecordBytes(slot), users.Shape, schema.Schema.Number, schema.Schema.Space);
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
