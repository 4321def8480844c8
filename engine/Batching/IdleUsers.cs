using Ebb.Engine.Interest;
using Ebb.Engine.Store;

namespace Ebb.Engine.Batching;

/// <summary>
/// Takes users out whose last event is long past: decides and logs in a turn of the partition. What is folded is the
/// entry, so a replay takes out the same users at the same place whatever the clock says then.
/// </summary>
internal static class IdleUsers
{
    /// <summary>
    /// Of these users, those whose last event is older than <paramref name="beforeMs"/>: they may have come back since
    /// they were seen. Returns how many went.
    /// </summary>
    public static int Expire(Partition partition, IEnumerable<OpaqueId> users, long beforeMs)
    {
        PartitionBatch batch = partition.Batch;
        PartitionParts parts = batch.Parts;
        if (parts.Rebuild is not null)
        {
            return 0;
        }

        parts.Users.Clear();
        foreach (OpaqueId user in users)
        {
            parts.Users.Add(user.Span);
        }

        parts.Users.Load(parts.Store);
        var gone = new List<OpaqueId>();
        var entries = new FoldEntryBuffer();
        for (int slot = 0; slot < parts.Users.Count; slot++)
        {
            ReadOnlySpan<byte> user = parts.Users.Key(slot);
            if (parts.Users.IsFound(slot)
                && UserRecord.LastEventMsOf(parts.Users.RecordBytes(slot)) < beforeMs
                && !parts.Fold.State.Parked.IsAwaiting(user))
            {
                gone.Add(new OpaqueId(user.ToArray()));
                entries.AddExpire(user, beforeMs);
            }
        }

        parts.Users.Clear();
        if (gone.Count == 0 || !batch.RunEntries(entries, default(NoVectors)))
        {
            return 0;
        }

        // A list that is being made for one of them is not kept.
        parts.ForgetCount++;
        foreach (OpaqueId user in gone)
        {
            parts.Served.Forget(user.Span);
        }

        parts.Counters.Expired(gone.Count);
        return gone.Count;
    }
}
