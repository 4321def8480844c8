using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Store;

namespace Ebb.Engine.Batching;

/// <summary>
/// The users of a partition that are still of the schema before. Whoever is touched is made anew first, from what the
/// record remembers; the rest follows in the background. Owns the store before; used by the partition's writer.
/// </summary>
internal sealed class UserRebuild(SchemaInForce before, InterestStore store, UserWorkingSet users) : IDisposable
{
    private readonly VersionedVectors _vectors = new();

    // Made anew from their last events: the log may know more of them.
    private readonly HashSet<OpaqueId> _touched = [];

    public SchemaInForce Before => before;

    public InterestStore Store => store;

    public long PendingCount => store.Count;

    /// <summary>
    /// Makes the users of the working set anew where they are of the schema before: in place, so that the batch goes on
    /// with the new record, and as entries that the batch logs before its own.
    /// </summary>
    public void Touch(PartitionParts parts, FoldEntryBuffer entries, CatalogueLease lease)
    {
        users.Clear();
        for (int slot = 0; slot < parts.Users.Count; slot++)
        {
            if (!parts.Users.IsFound(slot))
            {
                users.Add(parts.Users.Key(slot));
            }
        }

        users.Load(store);
        for (int old = 0; old < users.Count; old++)
        {
            if (users.IsFound(old))
            {
                int slot = parts.Users.Find(users.Key(old));
                var record = new UserRecord(users.RecordBytes(old), before.Shape);
                RebuildMethod method = FromRecord(parts, record, lease, parts.Users.RecordBytes(slot));
                parts.Users.MarkFound(slot);
                entries.AddRebuild(users.Key(old), parts.Users.RecordBytes(slot), method);
            }
        }
    }

    /// <summary>The record as the schema before has it; false where the user is not of it any more.</summary>
    public bool TryRead(ReadOnlySpan<byte> user, out UserRecord record)
    {
        users.Clear();
        int slot = users.Add(user);
        users.Load(store);
        record = users.IsFound(slot) ? new UserRecord(users.RecordBytes(slot), before.Shape) : default;
        return users.IsFound(slot);
    }

    /// <summary>Told by the fold, live and in replay.</summary>
    public void Done(byte[] user, RebuildMethod method, RebuildCounts counts)
    {
        bool wasTouched = _touched.Remove(new OpaqueId(user));
        store.Delete(user);
        counts.Add(method, 1);
        if (method == RebuildMethod.LastEvents)
        {
            _touched.Add(new OpaqueId(user));
        }
        else if (wasTouched)
        {
            counts.Add(RebuildMethod.LastEvents, -1);
        }
    }

    public OpaqueId[] Touched() => [.. _touched];

    /// <summary>Writes the record of the schema in force from the events that the one before remembers.</summary>
    public RebuildMethod FromRecord(PartitionParts parts, UserRecord record, CatalogueLease lease, Span<byte> target)
    {
        bool isExact = (ulong)record.RecentCount == record.EventCount;
        UserRecord.Initialise(target, parts.Schema.Shape, parts.Fold.SchemaNumber, parts.Schema.Schema.Space);
        var made = new UserRecord(target, parts.Schema.Shape);
        foreach (EventFacts remembered in RecordRefold.Remembered(record))
        {
            EventFacts facts = SpaceRebase.Of(parts, Resplit(parts, remembered, lease), lease);
            if (!_vectors.TryGet(facts, lease, out ReadOnlySpan<float> vector))
            {
                // Put again since and the old vector not at hand: the item as it is now stands for it.
                isExact = false;
                facts = facts with { ItemVersion = lease.Version((int)facts.ItemIndex) };
                vector = lease.Vector((int)facts.ItemIndex);
            }

            parts.Fold.Records.Fold(made, facts, vector);
        }

        Finish(made, record);
        return isExact ? RebuildMethod.Remembered : RebuildMethod.LastEvents;
    }

    /// <summary>The same from all events, as the log tells them; false where a vector is not held any more.</summary>
    public static bool TryFromLog(
        PartitionParts parts, List<EventFacts> events, UserRecord record, VersionedVectors vectors,
        CatalogueLease lease, out byte[] bytes)
    {
        EventFacts[] resplit = [.. Resplit(parts, events, lease)];
        bytes = RecordRefold.TryMake(parts, resplit, vectors, lease) ?? [];
        if (bytes.Length == 0)
        {
            return false;
        }

        Finish(new UserRecord(bytes, parts.Schema.Shape), record);
        return true;
    }

    public void Dispose() => store.Dispose();

    private static EventFacts[] Resplit(PartitionParts parts, List<EventFacts> events, CatalogueLease lease)
    {
        var resplit = new EventFacts[events.Count];
        for (int index = 0; index < resplit.Length; index++)
        {
            resplit[index] = Resplit(parts, events[index], lease);
        }

        return resplit;
    }

    private static EventFacts Resplit(PartitionParts parts, in EventFacts facts, CatalogueLease lease)
    {
        int kept = facts.Flags & (FoldEntry.ClampedFlag | FoldEntry.CappedFlag);
        int split = parts.Splits.Of((int)facts.ItemIndex, lease) << FoldEntry.SplitShift;
        return facts with { Flags = (byte)(kept | split) };
    }

    // What is remembered of ids, and how much there was, is of no schema.
    private static void Finish(UserRecord made, UserRecord record)
    {
        made.CopyEventIdsFrom(record);
        made.EventCount = record.EventCount;
        made.FirstEventMs = record.FirstEventMs;
        made.Sequence = record.Sequence;
        made.Epoch = record.Epoch;
    }
}
