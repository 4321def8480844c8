using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Log;
using Ebb.Engine.Ranking;

namespace Ebb.Engine.Batching;

/// <summary>
/// One batch of a partition, step by step: read the users, admit the events, append them, fold them request by request
/// (each answer is copied at its own turn), write the users back, make the lists, answer. Runs on the partition's
/// writer. Invariant: nothing folded is not in the log, and no reply leaves before its events are.
/// </summary>
internal sealed class PartitionBatch(PartitionParts parts)
{
    private readonly FoldEntryBuffer _entries = new();
    private readonly List<int> _entryEnds = [];
    private readonly ItemLookAhead _items = new();
    private readonly List<EngineRequest> _answered = [];
    private readonly FoldLookAhead _ahead = new(parts);
    private readonly BatchReads _reads = new(parts);
    private readonly UserEdits _edits = new(parts);
    private List<EngineRequest> _requests = [];
    private ulong _firstSequence;
    private bool _folding;
    private bool _stopped;

    public ushort Id => parts.Id;

    public PartitionParts Parts => parts;

    public UserEdits Edits => _edits;

    /// <summary>The last sequence of this partition in the log.</summary>
    public ulong Tail { get; set; }

    public uint Epoch { get; set; }

    public void Run(List<EngineRequest> requests, CatalogueLease catalogue)
    {
        _requests = requests;
        _entries.Clear();
        _entryEnds.Clear();
        _answered.Clear();
        parts.Users.Clear();
        if (requests[0].RunsAlone)
        {
            if (IsTooLate(requests[0]))
            {
                requests[0].Status = EntryStatus.DeadlinePassed;
                _answered.Add(requests[0]);
            }
            else if (_edits.TryRun(requests[0], this, catalogue))
            {
                _answered.Add(requests[0]);
            }

            return;
        }

        CollectUsers(catalogue);
        parts.Users.Load(parts.Store);
        if (parts.Rebuild is { } rebuild)
        {
            rebuild.Touch(parts, _entries, catalogue);
            if (_stopped)
            {
                _entries.Clear();
            }
        }

        AdmitAll(catalogue);
        bool appended = Append();
        _folding = true;
        FoldAndRead(catalogue, appended);
        if (parts.Watches.Count > 0)
        {
            // Before anything is written: records may stand in the store, and only until then.
            parts.Watches.Note(parts.Users, parts.NowMs, parts.Policies, catalogue);
        }

        parts.Users.WriteBack(parts.Store);
        _folding = false;
        _reads.MakeLists(catalogue, this, _answered);
    }

    /// <summary>Hands back every request of the batch whose answer does not wait for the scanner.</summary>
    public void Answer()
    {
        AnswerRun.Begin();
        try
        {
            foreach (EngineRequest request in _answered)
            {
                Answer(request);
            }
        }
        finally
        {
            _answered.Clear();
            AnswerRun.End();
        }
    }

    /// <summary>
    /// Answers now, or once what the request wrote here is durable where it asked for that. Any thread.
    /// </summary>
    public void Answer(EngineRequest request)
    {
        if (request.Write.Ack == AckLevel.Durable && WrittenSequence(request) is > 0 and ulong written)
        {
            parts.Commits.Await(request, written);
        }
        else
        {
            RequestCompletion.ShareDone(request);
        }
    }

    /// <summary>
    /// The batch threw: what was not answered is refused. When it threw between append and write-back, memory and log
    /// may differ, and this partition takes no more writes until a restart has folded the log again.
    /// </summary>
    public void Fail()
    {
        _stopped |= _folding;
        _folding = false;
        _reads.Forget();
        foreach (EngineRequest request in _requests)
        {
            if (!_answered.Contains(request))
            {
                RefuseShare(request, EntryStatus.StorageFailed);
                _answered.Add(request);
            }
        }
    }

    /// <summary>A list that another thread made: kept, and its job taken back.</summary>
    public void KeepList(ListJob job) => _reads.KeepList(job);

    /// <summary>
    /// Appends and folds entries that no request asked for (parked events whose item has come, expiry). Between
    /// batches.
    /// </summary>
    /// <returns>False when they are not in the log.</returns>
    public bool RunEntries<TVectors>(FoldEntryBuffer entries, TVectors vectors)
        where TVectors : IItemVectors, allows ref struct
    {
        if (entries.Count == 0 || _stopped || parts.Commits.Failed)
        {
            return entries.Count == 0;
        }

        AppendResult result = parts.Log.Append(Id, Epoch, Tail, entries.Payloads, entries.Lengths);
        if (result.Outcome != AppendOutcome.Appended)
        {
            EngineLog.AppendRefused(parts.Logger, Id, result.Outcome);
            return false;
        }

        ulong first = Tail + 1;
        Tail += (ulong)entries.Count;
        parts.Users.Clear();

        // Should the fold throw, memory and log differ: stopped until it is through.
        _stopped = true;
        FoldRun.Apply(parts, entries, new LogPosition(Epoch, first), vectors);
        _stopped = false;
        parts.Commits.Appended();
        parts.Watches.LookAtAll();
        return true;
    }

    /// <summary>
    /// What an edit wrote stands at the tail, and is answered when durable: a receipt that a crash could take back
    /// would be worth nothing.
    /// </summary>
    public void Written(EngineRequest request)
    {
        request.Write = request.Write with { Ack = AckLevel.Durable };
        AddPosition(request, new LogPosition(Epoch, Tail));
    }

    private void CollectUsers(CatalogueLease catalogue)
    {
        _items.Clear();
        foreach (EngineRequest request in _requests)
        {
            if (request.Kind != RequestKind.Observe && EventAdmission.IsUserKey(request.User.Length))
            {
                request.UserSlot = parts.Users.Add(request.UserBytes, request.UserHash);
            }

            foreach (ref RequestEvent asked in request.Events)
            {
                if (asked.Partition == Id && EventAdmission.IsUserKey(asked.User.Length))
                {
                    asked.Slot = parts.Users.Add(request.Bytes(asked.User), asked.UserHash);
                    asked.ItemHash = catalogue.HashOf(request.Bytes(asked.Item));
                    _items.Add(asked.ItemHash, catalogue);
                }
            }
        }
    }

    private void AdmitAll(CatalogueLease catalogue)
    {
        parts.Admission.Experiments = parts.Policies.Experiments;
        parts.Admission.BeginBatch(parts.NowMs, _entries);
        _entryEnds.Add(_entries.Count);
        foreach (EngineRequest request in _requests)
        {
            if (IsTooLate(request))
            {
                RefuseShare(request, EntryStatus.DeadlinePassed);
            }
            else if (_stopped || parts.Commits.Failed)
            {
                if (request.EventCount > 0)
                {
                    RefuseShare(request, EntryStatus.StorageFailed);
                }
            }
            else
            {
                AdmitEvents(request, catalogue);
            }

            _entryEnds.Add(_entries.Count);
        }
    }

    private bool IsTooLate(EngineRequest request) =>
        request.DeadlineTimestamp != 0 && parts.Clock.GetTimestamp() > request.DeadlineTimestamp;

    private void AdmitEvents(EngineRequest request, CatalogueLease catalogue)
    {
        for (int index = 0; index < request.EventCount; index++)
        {
            if (request.Event(index).Partition == Id)
            {
                _items.Next(catalogue);
                parts.Admission.Admit(request, index, catalogue, _entries);
                parts.Counters.Event(request.Event(index).Status);
            }
        }
    }

    private bool Append()
    {
        _firstSequence = Tail + 1;
        if (_entries.Count == 0)
        {
            return true;
        }

        AppendResult result = parts.Log.Append(Id, Epoch, Tail, _entries.Payloads, _entries.Lengths);
        if (result.Outcome == AppendOutcome.Appended)
        {
            Tail += (ulong)_entries.Count;
            parts.Commits.Appended();
            return true;
        }

        EngineLog.AppendRefused(parts.Logger, Id, result.Outcome);
        foreach (EngineRequest request in _requests)
        {
            if (request.EventCount > 0)
            {
                RefuseShare(request, EntryStatus.StorageFailed);
            }
        }

        return false;
    }

    private void FoldAndRead(CatalogueLease catalogue, bool appended)
    {
        int entry = 0;
        int payload = 0;
        _ahead.Begin(_entries, catalogue);
        lock (parts.Fold.State.Population.Gate)
        {
            FoldUpTo(_entryEnds[0], ref entry, ref payload, appended, catalogue);
            for (int index = 0; index < _requests.Count; index++)
            {
                FoldUpTo(_entryEnds[index + 1], ref entry, ref payload, appended, catalogue);
                Read(_requests[index], index, appended, catalogue);
            }
        }
    }

    private void FoldUpTo(int end, ref int entry, ref int payload, bool appended, CatalogueLease catalogue)
    {
        for (; entry < end; entry++)
        {
            int length = _entries.Lengths[entry];
            if (appended)
            {
                _ahead.Next(_entries, entry, catalogue);
                parts.Fold.Apply(
                    new FoldEntry(_entries.Payloads.Slice(payload, length), _entries.Slots[entry]),
                    new LogPosition(Epoch, _firstSequence + (ulong)entry), parts.Users, new LeasedVectors(catalogue));
            }

            payload += length;
        }
    }

    private void Read(EngineRequest request, int index, bool appended, CatalogueLease catalogue)
    {
        // What a duplicate repeats stands at or before the tail: it too is durable only once that is.
        if (appended && AsksHere(request))
        {
            AddPosition(request, new LogPosition(Epoch, _firstSequence + (ulong)_entryEnds[index + 1] - 1));
        }

        if (request.Kind == RequestKind.Observe || request.Status != EntryStatus.Ok)
        {
            _answered.Add(request);
            return;
        }

        if (!EventAdmission.IsUserKey(request.User.Length))
        {
            request.Status = EntryStatus.IdLength;
            _answered.Add(request);
            return;
        }

        if (_reads.Read(request, catalogue))
        {
            _answered.Add(request);
        }
    }

    // Locked only where another partition may add its own at the same moment.
    private void AddPosition(EngineRequest request, LogPosition position)
    {
        if (!request.IsShared)
        {
            request.Positions.Add(new PartitionPosition(Id, position));
            return;
        }

        lock (request.Positions)
        {
            request.Positions.Add(new PartitionPosition(Id, position));
        }
    }

    private bool AsksHere(EngineRequest request)
    {
        for (int index = 0; index < request.EventCount; index++)
        {
            if (request.Event(index).Partition == Id)
            {
                return true;
            }
        }

        return false;
    }

    private ulong WrittenSequence(EngineRequest request)
    {
        if (request.EventCount == 0 && !request.RunsAlone)
        {
            return 0;
        }

        lock (request.Positions)
        {
            foreach (PartitionPosition position in request.Positions)
            {
                if (position.Partition == Id)
                {
                    return position.Position.Sequence;
                }
            }
        }

        return 0;
    }

    private void RefuseShare(EngineRequest request, EntryStatus status)
    {
        request.Status = status;
        for (int index = 0; index < request.EventCount; index++)
        {
            ref RequestEvent asked = ref request.Event(index);
            if (asked.Partition == Id && asked.Status is EntryStatus.Ok or EntryStatus.Parked)
            {
                asked.Status = status;
                parts.Counters.Event(status);
            }
        }
    }
}
