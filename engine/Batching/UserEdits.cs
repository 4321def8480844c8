using Ebb.Engine.Interest;
using Ebb.Engine.Store;

namespace Ebb.Engine.Batching;

/// <summary>
/// What is done to one user between two batches: reads the record, decides, and logs the decision. Runs on the
/// partition's writer.
/// </summary>
internal sealed class UserEdits(PartitionParts parts)
{
    private readonly FoldEntryBuffer _entries = new();
    private readonly PopulationShare[] _shares = new PopulationShare[MemorySchema.RecentEventCountMax];

    /// <summary>False when the log does not take it.</summary>
    public bool Forget(EngineRequest request, PartitionBatch batch)
    {
        ReadOnlySpan<byte> user = request.UserBytes;
        int slot = parts.Users.Add(user);
        parts.Users.Load(parts.Store);
        bool known = parts.Users.IsFound(slot);
        int shareCount = known
            ? ReadShares(new UserRecord(parts.Users.RecordBytes(slot), parts.Users.Shape))
            : 0;
        long nowMs = parts.NowMs;
        long erasedByMs = parts.Erasures.PromiseMs(nowMs);
        known |= parts.Fold.State.Parked.IsAwaiting(user);
        _entries.Clear();
        _entries.AddForget(user, _shares.AsSpan(0, shareCount), nowMs, erasedByMs);
        _entries.AddPad();
        if (!batch.RunEntries(_entries, default(NoVectors)))
        {
            return false;
        }

        parts.Served.Forget(user);
        parts.ForgetCount++;
        parts.Popular.Expire();
        parts.Counters.Forgotten();
        request.Receipt = new ForgetReceipt(known, erasedByMs);
        return true;
    }

    private int ReadShares(UserRecord record)
    {
        int count = 0;
        for (int index = 0; index < record.RecentCount; index++)
        {
            RecentEvent recent = record.GetRecent(index);
            if (recent.Weight > 0)
            {
                _shares[count++] = new PopulationShare(recent.ItemIndex, recent.Weight, recent.TimeMs);
            }
        }

        return count;
    }
}
