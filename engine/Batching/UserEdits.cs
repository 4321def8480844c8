using Ebb.Engine.Catalogue;
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

    /// <summary>False: the edit goes on beside the turns and answers by itself.</summary>
    public bool TryRun(EngineRequest request, PartitionBatch batch, CatalogueLease catalogue)
    {
        if (!EventAdmission.IsUserKey(request.User.Length))
        {
            request.Status = EntryStatus.IdLength;
            return true;
        }

        if (request.Kind == RequestKind.Merge)
        {
            return !TryBeginMerge(request);
        }

        EnsureRebuilt(request.UserBytes, batch, catalogue);
        if (request.Kind == RequestKind.Forget)
        {
            Forget(request, batch);
            return true;
        }

        if (TryUnsend(request, batch, catalogue))
        {
            return true;
        }

        parts.Edits.Unsend(request, parts.Id);
        return false;
    }

    /// <summary>Logs what was decided and folds it.</summary>
    public void LogUnsend(
        EngineRequest request, PartitionBatch batch, EventFacts unsent, UnsendMethod method, ReadOnlySpan<byte> text)
    {
        // The session's mark is the event's, not this entry's.
        _entries.Clear();
        unsent = unsent with { EventId = request.EventId, Session = 0, SessionSequence = 0 };
        _entries.AddUnsend(unsent, method, request.UserBytes, text);
        if (!batch.RunEntries(_entries, default(NoVectors)))
        {
            request.Status = EntryStatus.StorageFailed;
            return;
        }

        batch.Written(request);
        parts.Popular.Expire();
        parts.Counters.Unsent();
        request.Unsent = new UnsendReceipt(method, unsent.TimeMs);
    }

    /// <summary>
    /// A user of the schema before is made anew, and that logged, before anything else is done to him.
    /// </summary>
    public void EnsureRebuilt(ReadOnlySpan<byte> user, PartitionBatch batch, CatalogueLease catalogue)
    {
        if (parts.Rebuild is null)
        {
            return;
        }

        parts.Users.Clear();
        parts.Users.Add(user);
        parts.Users.Load(parts.Store);
        _entries.Clear();
        parts.Rebuild.Touch(parts, _entries, catalogue);
        batch.RunEntries(_entries, default(NoVectors));
        parts.Users.Clear();
    }

    /// <summary>False: it cannot be.</summary>
    private bool TryBeginMerge(EngineRequest request)
    {
        ReadOnlySpan<byte> target = request.Bytes(request.Subject);
        if (!EventAdmission.IsUserKey(target.Length) || target.SequenceEqual(request.UserBytes))
        {
            request.Status = target.SequenceEqual(request.UserBytes) ? EntryStatus.Malformed : EntryStatus.IdLength;
            return false;
        }

        parts.Edits.Start(() => parts.Merges.MergeAsync(request, parts.Id));
        return true;
    }

    private void Forget(EngineRequest request, PartitionBatch batch)
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
        known |= parts.Fold.State.Parked.IsAwaiting(user) || parts.Fold.State.Feedback.Holds(user);
        _entries.Clear();
        _entries.AddForget(user, _shares.AsSpan(0, shareCount), nowMs, erasedByMs);
        _entries.AddPad();
        if (!batch.RunEntries(_entries, default(NoVectors)))
        {
            request.Status = EntryStatus.StorageFailed;
            return;
        }

        batch.Written(request);
        parts.Served.Forget(user);
        parts.ForgetCount++;
        parts.Popular.Expire();
        parts.Counters.Forgotten();
        request.Receipt = new ForgetReceipt(known, erasedByMs);
    }

    /// <summary>
    /// Answers where nothing but the record is needed: an unknown user, an event still waiting for its item, a user
    /// whose events are all remembered. False: the log must be asked.
    /// </summary>
    private bool TryUnsend(EngineRequest request, PartitionBatch batch, CatalogueLease catalogue)
    {
        ReadOnlySpan<byte> user = request.UserBytes;
        int slot = parts.Users.Add(user);
        parts.Users.Load(parts.Store);
        if (!parts.Users.IsFound(slot) || request.EventId == 0)
        {
            request.Status = EntryStatus.UnknownEvent;
            return true;
        }

        if (parts.Fold.State.Parked.Find(user, request.EventId) is { } parked)
        {
            LogUnsend(request, batch, parked.Facts, UnsendMethod.Parked, default);
            return true;
        }

        var record = new UserRecord(parts.Users.RecordBytes(slot), parts.Users.Shape);
        int place = record.FindRecent(request.EventId);
        if (place < 0 || (ulong)record.RecentCount != record.EventCount)
        {
            return false;
        }

        EventFacts[] events = RecordRefold.Remembered(record);
        EventFacts unsent = events[^(place + 1)] with { EventId = request.EventId };
        events = [.. events[..^(place + 1)], .. events[^place..]];
        if (RecordRefold.TryMake(parts, events, new VersionedVectors(), catalogue) is not { } made)
        {
            return false;
        }

        LogUnsend(request, batch, unsent, UnsendMethod.Refolded, made);
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
