using System.Runtime.CompilerServices;
using System.Text;
using Ebb.Engine;
using Ebb.Engine.Audience;
using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Experiments;
using Ebb.Engine.Experiments.Shadows;
using Ebb.Engine.Experiments.Tuning;
using Ebb.Engine.Graph;
using Ebb.Engine.Graph.Live;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Interest.Merging;
using Ebb.Engine.Interest.Trends;
using Ebb.Engine.Log;
using Ebb.Engine.Merchandising;
using Ebb.Engine.Portrait;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Engine.Ranking.Why;
using Ebb.Engine.Recovery.Backup;
using Ebb.Engine.Similar;
using Ebb.Server.Transport;

namespace Ebb.Host.Tests.Transport;

/// <summary>
/// An engine of two partitions that remembers what it was asked, counts sessions as the real one does, and completes
/// requests when the test says so.
/// </summary>
internal sealed class FakeEngineDoor : IEngineDoor, IRequestHandoff
{
    private const int PartitionCount = 2;

    private readonly Lock _lock = new();
    private readonly List<FoldedEvent> _folded = [];
    private readonly List<EngineRequest> _held = [];
    private readonly List<EngineRequest> _awaitingCommit = [];
    private readonly Dictionary<(ulong Session, ushort Partition), ulong> _marks = [];
    private readonly Dictionary<string, ItemPut> _items = [];
    private readonly TaskCompletionSource _putsReleased = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ulong[] _appended = new ulong[PartitionCount];
    private readonly ulong[] _durable = new ulong[PartitionCount];
    private int _heldPutCount;

    public event Action? DurableAdvanced;

    public int Dimension { get; init; } = 2;

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public ulong CatalogueGeneration { get; private set; } = 1;

    /// <summary>Requests stay with the engine until ReleaseHeld.</summary>
    public bool IsHolding { get; set; }

    /// <summary>Its share of an OBSERVE is refused as Overloaded.</summary>
    public int OverloadedPartition { get; init; } = -1;

    /// <summary>PutItemsAsync waits for ReleaseAll.</summary>
    public bool IsHoldingPuts { get; init; }

    public Task<BackupManifest>? BackupAsync(string target) => Task.FromResult(
        new BackupManifest { CreatedMs = 1, Round = 1, Sequences = [1, 1], Files = [new BackupFile("a", 3, "")] });

    public MemorySchema Schema { get; private set; } = new();

    public long PendingRebuildCount => 0;

    public Task ChangeSchemaAsync(MemorySchema schema)
    {
        Schema = schema;
        return Task.CompletedTask;
    }

    public int HeldPutCount => Volatile.Read(ref _heldPutCount);

    /// <summary>False: appended becomes durable only by Commit.</summary>
    public bool IsAlwaysDurable { get; set; } = true;

    public bool IsFailing { get; set; }

    public IReadOnlyList<FoldedEvent> Folded
    {
        get
        {
            lock (_lock)
            {
                return [.. _folded];
            }
        }
    }

    public int HeldCount
    {
        get
        {
            lock (_lock)
            {
                return _held.Count;
            }
        }
    }

    public IReadOnlyDictionary<string, ItemPut> Items => _items;

    public EngineRequest? LastSubmitted { get; private set; }

    public ItemFilter? LastFilter { get; private set; }

    public string LastUser { get; private set; } = "";

    public IRequestHandoff NewHandoff() => this;

    /// <summary>Every request is handed over by itself.</summary>
    public void Push()
    {
    }

    public void Serve()
    {
    }

    public void Add(EngineRequest request)
    {
        lock (_lock)
        {
            LastSubmitted = request;
            LastFilter = request.Filter;
            LastUser = Encoding.UTF8.GetString(request.UserBytes);
            if (IsHolding)
            {
                _held.Add(request);
                return;
            }
        }

        Answer(request);
    }

    public void ReleaseHeld(int index)
    {
        EngineRequest request;
        lock (_lock)
        {
            request = _held[index];
            _held.RemoveAt(index);
        }

        Answer(request);
    }

    public void ReleaseAll()
    {
        _putsReleased.TrySetResult();
        while (HeldCount > 0)
        {
            ReleaseHeld(0);
        }
    }

    public void Commit()
    {
        EngineRequest[] committed;
        lock (_lock)
        {
            _appended.CopyTo(_durable, 0);
            committed = [.. _awaitingCommit];
            _awaitingCommit.Clear();
        }

        Array.ForEach(committed, request => request.Completion!.Completed(request));
        DurableAdvanced?.Invoke();
    }

    public ulong DurableSequence(ushort partition) => Volatile.Read(ref _durable[partition]);

    public async Task<ItemChangeReply> PutItemsAsync(IReadOnlyList<ItemPut> items)
    {
        if (IsHoldingPuts)
        {
            Interlocked.Increment(ref _heldPutCount);
            await _putsReleased.Task;
        }

        var statuses = items.Select(Put).ToArray();
        return new ItemChangeReply(statuses, ++CatalogueGeneration);
    }

    public Task<ItemChangeReply> RemoveItemsAsync(IReadOnlyList<OpaqueId> items)
    {
        var statuses = items.Select(Remove).ToArray();
        return Task.FromResult(new ItemChangeReply(statuses, ++CatalogueGeneration));
    }

    public Task<ItemChangeReply> PatchItemsAsync(IReadOnlyList<ItemPatch> patches) =>
        Task.FromResult(new ItemChangeReply([.. patches.Select(_ => EntryStatus.Ok)], CatalogueGeneration));

    public Task<AudienceList> AudienceAsync(AudienceQuery query) => Task.FromResult(new AudienceList([]));

    public GraphCounts GraphCounts => new();

    public Task<GraphReply> PutEdgesAsync(IReadOnlyList<GraphEdge> edges) =>
        Task.FromResult(new GraphReply([.. edges.Select(_ => EntryStatus.Ok)], CatalogueGeneration, GraphCounts));

    public Task<GraphReply> LearnEdgesAsync() => PutEdgesAsync([]);

    public RuleBook Rules => RuleBook.Empty;

    public Task<RuleReply> PutRuleAsync(ShopRule rule) =>
        Task.FromResult(new RuleReply(EntryStatus.Ok, new RuleChange(1, 0, RuleWhat.Put, rule)));

    public Task<RuleReply> RemoveRuleAsync(uint number, string author, string reason) =>
        Task.FromResult(new RuleReply(EntryStatus.UnknownItem, null));

    public Task<SimilarList> SimilarAsync(SimilarQuery query) => Task.FromResult(new SimilarList([]));

    public ICatalogueStage BeginCatalogueChange() => new Stage(this);

    public string DescribeItemMemory() => "no room";

    public TrendReport GetTrends(TrendQuestion question) => new() { IsCounted = false };

    public UserArm GetArm(OpaqueId user) => new("default", null);

    public IReadOnlyList<ShadowReport> GetShadows() => [];

    public IReadOnlyList<TunerReport> GetTuners() => [];

    public IReadOnlyList<TuneChange> GetTuningAudit() => [];

    public TuneChange? RevertTuner(string policy, string author, string reason) => null;

    public IReadOnlyList<ExperimentReport> GetExperiments() => [];

    public FlowReport GetFlows(int countMax, long? nowMs) => new() { IsCounted = false };

    public IReadOnlyList<KeyValuePair<string, string>> GetStats() => [KeyValuePair.Create("engine.fake", "yes")];

    private void Answer(EngineRequest request)
    {
        bool isWaiting;
        lock (_lock)
        {
            Do(request);
            if (IsAlwaysDurable)
            {
                _appended.CopyTo(_durable, 0);
            }

            isWaiting = request.Write.Ack == AckLevel.Durable && !IsAlwaysDurable;
            if (isWaiting)
            {
                _awaitingCommit.Add(request);
            }
        }

        if (!isWaiting)
        {
            request.Completion!.Completed(request);
        }
    }

    private void Do(EngineRequest request)
    {
        bool isLate = request.DeadlineTimestamp != 0 && Clock.GetTimestamp() > request.DeadlineTimestamp;
        if (isLate || IsFailing)
        {
            SetStatus(request, isLate ? EntryStatus.DeadlinePassed : EntryStatus.Overloaded);
            return;
        }

        if (request.Kind is RequestKind.Observe or RequestKind.Act)
        {
            for (int index = 0; index < request.EventCount; index++)
            {
                Fold(request, index);
            }
        }

        SetGeneration(request, CatalogueGeneration);
        switch (request.Kind)
        {
            case RequestKind.Recommend or RequestKind.Act:
                FillList(request);
                break;
            case RequestKind.Rank:
                for (int index = 0; index < request.CandidateCount; index++)
                {
                    ref var candidate = ref request.Candidate(index);
                    candidate.Score = candidate.Relevance;
                    candidate.Interest = index;
                }

                break;
            case RequestKind.Profile:
                var profile = new InterestProfile { Known = true, Direction = [1, 0], Masses = [2], EventCount = 3 };
                SetProfile(request, profile);
                break;
            case RequestKind.Why:
                SetExplanation(request, new ScoreExplanation("item", 1, 0) { Known = true });
                break;
            case RequestKind.Drift:
                SetDrift(request, new DriftReply { Known = true, Population = default });
                break;
            case RequestKind.Portrait:
                SetPortrait(request, new UserPortrait { Known = true, EventCount = 3 });
                break;
            case RequestKind.Forget:
                SetReceipt(request, new ForgetReceipt(true, 4));
                break;
            case RequestKind.Unsend:
                SetUnsent(request, new UnsendReceipt(UnsendMethod.Refolded, 5));
                break;
            case RequestKind.Merge:
                SetMerged(request, new MergeReceipt(true, 6));
                break;
        }
    }

    private void Fold(EngineRequest request, int index)
    {
        ref var one = ref request.Event(index);
        if (one.Status != EntryStatus.Ok)
        {
            return;
        }

        var user = request.Bytes(one.User);
        ushort partition = (ushort)(user[^1] % PartitionCount);
        if (partition == OverloadedPartition)
        {
            one.Status = EntryStatus.Overloaded;
            SetStatus(request, EntryStatus.Overloaded);
            return;
        }

        var (session, sequence) = (request.Write.Session, request.Write.Sequence + (ulong)index);
        var key = (session, partition);
        if (session != 0 && sequence <= _marks.GetValueOrDefault(key))
        {
            one.Status = EntryStatus.Duplicate;
        }
        else
        {
            _marks[key] = sequence;
            _appended[partition]++;
            _folded.Add(new FoldedEvent(
                Encoding.UTF8.GetString(user),
                Encoding.UTF8.GetString(request.Bytes(one.Item)),
                one.Type,
                one.TimeMs,
                one.Value,
                session,
                sequence));
        }

        request.Positions.Add(new PartitionPosition(partition, new LogPosition(1, _appended[partition])));
    }

    private void FillList(EngineRequest request)
    {
        SetExact(request, true);
        for (int index = 0; index < request.Count; index++)
        {
            int firstTerm = request.Terms.Count;
            var id = request.Store(Encoding.UTF8.GetBytes($"item-{index}"));
            if (request.Explain)
            {
                request.Terms.Add(new AnsweredTerm(id, 1, 77, index));
            }

            int termCount = request.Terms.Count - firstTerm;
            request.Items.Add(new AnsweredItem(id, 1f / (index + 1), firstTerm, termCount, 0.5f));
        }
    }

    private EntryStatus Put(ItemPut item)
    {
        if (item.Vector.Length != Dimension)
        {
            return EntryStatus.WrongDimension;
        }

        _items[item.Id.ToString()] = item;
        return EntryStatus.Ok;
    }

    private EntryStatus Remove(OpaqueId item) =>
        _items.Remove(item.ToString()) ? EntryStatus.Ok : EntryStatus.UnknownItem;

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Status")]
    private static extern void SetStatus(EngineRequest request, EntryStatus status);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Generation")]
    private static extern void SetGeneration(EngineRequest request, ulong generation);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Exact")]
    private static extern void SetExact(EngineRequest request, bool exact);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Explanation")]
    private static extern void SetExplanation(EngineRequest request, ScoreExplanation? value);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_DriftAnswer")]
    private static extern void SetDrift(EngineRequest request, DriftReply? value);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Portrait")]
    private static extern void SetPortrait(EngineRequest request, UserPortrait? value);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Receipt")]
    private static extern void SetReceipt(EngineRequest request, ForgetReceipt? value);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Unsent")]
    private static extern void SetUnsent(EngineRequest request, UnsendReceipt? value);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Merged")]
    private static extern void SetMerged(EngineRequest request, MergeReceipt? value);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Profile")]
    private static extern void SetProfile(EngineRequest request, InterestProfile? profile);

    internal sealed record FoldedEvent(
        string User, string Item, byte Type, long TimeMs, float Value, ulong Session, ulong Sequence);

    private sealed class Stage(FakeEngineDoor door) : ICatalogueStage
    {
        private readonly List<Action> _changes = [];

        public EntryStatus Patch(ItemPatch patch) => EntryStatus.UnknownItem;

        public EntryStatus Put(ItemPut item)
        {
            if (item.Vector.Length != door.Dimension)
            {
                return EntryStatus.WrongDimension;
            }

            _changes.Add(() => door.Put(item));
            return EntryStatus.Ok;
        }

        public EntryStatus Remove(OpaqueId item)
        {
            _changes.Add(() => door.Remove(item));
            return EntryStatus.Ok;
        }

        public Task<ulong> PublishAsync()
        {
            _changes.ForEach(change => change());
            return Task.FromResult(++door.CatalogueGeneration);
        }

        public void Dispose() => _changes.Clear();
    }
}
