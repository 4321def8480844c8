using Ebb.Engine.Catalogue;
using Ebb.Engine.Encoders;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Lifecycle.Watching;
using Ebb.Engine.Interest.Merging;
using Ebb.Engine.Log;
using Ebb.Engine.Portrait;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Engine.Ranking.Why;
using Ebb.Engine.Sources;

namespace Ebb.Engine.Batching;

/// <summary>
/// One request on its way through the engine, and its answer. Reusable: Reset, fill, Submit, read the answer in
/// Completed, Reset again; its buffers grow to what is needed and are kept, so a pool of these allocates nothing in
/// steady state. Owned by the caller before Submit and from Completed on, by the engine in between.
/// </summary>
public sealed class EngineRequest
{
    private byte[] _arena = new byte[256];
    private int _arenaLength;
    private RequestEvent[] _events = new RequestEvent[4];
    private RequestCandidate[] _candidates = [];
    private RequestShare[] _shares = [];
    private int _pendingPartitions;

    // ---- The question -------------------------------------------------------------------------------------------

    public RequestKind Kind { get; set; }

    /// <summary>Its events were placed one by one and go to one partition.</summary>
    public bool IsPlaced { get; private set; }

    /// <summary>The user of Recommend, Act, Rank and Profile.</summary>
    public ArenaSlice User { get; private set; }

    public int EventCount { get; private set; }

    public int CandidateCount { get; private set; }

    public WriteOptions Write { get; set; }

    /// <summary>K of Recommend and Act.</summary>
    public int Count { get; set; }

    public ushort Surface { get; set; }

    public ItemFilter Filter { get; set; } = ItemFilter.None;

    public bool ExcludeSeen { get; set; }

    public bool Explain { get; set; }

    /// <summary>What Recommend and Act bring beside the items: nodes of the graph, kind by kind.</summary>
    public IReadOnlyList<KindQuery> Kinds { get; set; } = [];

    /// <summary>Which event Unsend takes out.</summary>
    public ulong EventId { get; set; }

    /// <summary>The answer tells what each source adds; with Explain.</summary>
    public bool WantsSources { get; set; }

    /// <summary>With Explain: what each source adds, and no event's term.</summary>
    public bool SourcesAlone { get; set; }

    /// <summary>The moment to answer for, ms since the epoch; long.MinValue: the engine's clock.</summary>
    public long NowMs { get; set; } = long.MinValue;

    /// <summary>The caller's own: whether its reply tells probabilities.</summary>
    public bool WantsProbabilities { get; set; }

    /// <summary>Why: the item. Merge: the other key.</summary>
    public ArenaSlice Subject { get; private set; }

    /// <summary>Why, Portrait: the earlier moment to compare with; long.MinValue for none given.</summary>
    public long SinceMs { get; set; } = long.MinValue;

    /// <summary>Subscribe: the watch to begin; its Phases are the answer.</summary>
    public PhaseWatch? Watch { get; set; }

    /// <summary>Drift: of the true vectors.</summary>
    public bool Raw { get; set; }

    /// <summary>TimeProvider timestamp after which the work is dropped; 0: none.</summary>
    public long DeadlineTimestamp { get; set; }

    public IRequestCompletion? Completion { get; set; }

    /// <summary>The caller's own.</summary>
    public object? State { get; set; }

    // ---- The answer ---------------------------------------------------------------------------------------------

    /// <summary>Of the request as a whole; events and candidates have their own besides.</summary>
    public EntryStatus Status { get; internal set; }

    /// <summary>The list, best first. Ids through <see cref="Bytes"/>.</summary>
    public List<AnsweredItem> Items { get; } = [];

    /// <summary>Terms of all items, each item naming its range. Empty unless Explain.</summary>
    public List<AnsweredTerm> Terms { get; } = [];

    /// <summary>What each source adds, each item naming its range. Empty unless Explain.</summary>
    public List<AnsweredSource> Sources { get; } = [];

    /// <summary>One for each of <see cref="Kinds"/>, in their order; owned by the caller.</summary>
    public List<KindList> KindLists { get; } = [];

    public ListDecision Decision { get; internal set; }

    public bool Exact { get; internal set; }

    /// <summary>Under load a fresh scan was left out: the list is of the kept candidates, scored now.</summary>
    public bool ScanLeftOut { get; internal set; }

    public double Drift { get; internal set; }

    /// <summary>What the sequence encoder gave to the list.</summary>
    public EncodingUse Encoding { get; internal set; }

    public double Log2Scale { get; internal set; }

    public ulong Generation { get; internal set; }

    /// <summary>Timestamps of the engine's clock: handed to the partitions, and begun by the last of them.</summary>
    public long SubmittedAt { get; internal set; }

    public long BegunAt { get; internal set; }

    /// <summary>Where Status is Overloaded: when to come back, ms.</summary>
    public int RetryAfterMs { get; internal set; }

    /// <summary>Set by Profile only; owned by the caller.</summary>
    public InterestProfile? Profile { get; internal set; }

    /// <summary>Set by Forget only.</summary>
    public ForgetReceipt? Receipt { get; internal set; }

    /// <summary>Set by Unsend only.</summary>
    public UnsendReceipt? Unsent { get; internal set; }

    /// <summary>Set by Merge only.</summary>
    public MergeReceipt? Merged { get; internal set; }

    /// <summary>Between two batches by itself, because it reads what it then changes.</summary>
    internal bool RunsAlone => Kind >= RequestKind.Forget;

    /// <summary>Set by Why only; owned by the caller.</summary>
    public ScoreExplanation? Explanation { get; internal set; }

    /// <summary>Set by Drift only; owned by the caller.</summary>
    public DriftReply? DriftAnswer { get; internal set; }

    /// <summary>Set by Portrait only; owned by the caller.</summary>
    public UserPortrait? Portrait { get; internal set; }

    /// <summary>
    /// Where this request's events went: one position per partition asked, the tail where all of them were duplicates.
    /// </summary>
    public List<PartitionPosition> Positions { get; } = [];

    public ReadOnlySpan<byte> UserBytes => Bytes(User);

    public ReadOnlySpan<byte> Bytes(ArenaSlice slice) => _arena.AsSpan(slice.Offset, slice.Length);

    public ReadOnlyMemory<byte> Memory(ArenaSlice slice) => _arena.AsMemory(slice.Offset, slice.Length);

    public Span<RequestEvent> Events => _events.AsSpan(0, EventCount);

    public ref RequestEvent Event(int index) => ref _events.AsSpan(0, EventCount)[index];

    public ref RequestCandidate Candidate(int index) => ref _candidates.AsSpan(0, CandidateCount)[index];

    /// <summary>Forgets question and answer, keeps the buffers.</summary>
    public void Reset()
    {
        _arenaLength = 0;
        IsPlaced = false;
        User = default;
        EventCount = 0;
        CandidateCount = 0;
        Write = default;
        Count = 0;
        Surface = 0;
        Filter = ItemFilter.None;
        ExcludeSeen = false;
        Explain = false;
        WantsSources = false;
        SourcesAlone = false;
        Kinds = [];
        KindLists.Clear();
        NowMs = long.MinValue;
        WantsProbabilities = false;
        Subject = default;
        SinceMs = long.MinValue;
        Raw = false;
        Watch = null;
        DeadlineTimestamp = 0;
        Completion = null;
        State = null;
        Status = EntryStatus.Ok;
        Items.Clear();
        Terms.Clear();
        Sources.Clear();
        Positions.Clear();
        Decision = ListDecision.New;
        Exact = false;
        ScanLeftOut = false;
        Drift = double.NaN;
        Encoding = EncodingUse.None;
        Log2Scale = 0;
        Generation = 0;
        SubmittedAt = 0;
        BegunAt = 0;
        IsAdmitted = false;
        RetryAfterMs = 0;
        Profile = null;
        Receipt = null;
        Unsent = null;
        Merged = null;
        EventId = 0;
        Explanation = null;
        DriftAnswer = null;
        Portrait = null;
    }

    public void SetUser(ReadOnlySpan<byte> user) => User = Store(user);

    public void SetSubject(ReadOnlySpan<byte> item) => Subject = Store(item);

    /// <summary>Adds an event of this request's own user (Act).</summary>
    public void AddEvent(ReadOnlySpan<byte> item, byte type, long timeMs, float value = float.NaN, ulong eventId = 0) =>
        AddEvent(User, item, type, timeMs, value, eventId);

    /// <summary>Adds an event of any user (Observe). A NaN value means none was given.</summary>
    public void AddEvent(
        ArenaSlice user, ReadOnlySpan<byte> item, byte type, long timeMs, float value, ulong eventId)
    {
        if (EventCount == _events.Length)
        {
            Array.Resize(ref _events, _events.Length * 2);
        }

        _events[EventCount++] = new RequestEvent
        {
            User = user,
            Item = Store(item),
            Type = type,
            TimeMs = timeMs,
            Value = value,
            EventId = eventId,
        };
    }

    /// <summary>
    /// Adds an event of a user whose place is known (Observe). All events of the request are added so, and all go to
    /// the same partition.
    /// </summary>
    public void AddPlacedEvent(
        in UserPlace place, ReadOnlySpan<byte> user, ReadOnlySpan<byte> item, in EventFigures figures)
    {
        AddEvent(Store(user), item, figures.Type, figures.TimeMs, figures.Value, figures.EventId);
        ref RequestEvent added = ref _events[EventCount - 1];
        added.UserHash = place.Hash;
        added.Partition = place.Partition;
        IsPlaced = true;
    }

    /// <summary>
    /// Refuses the last event added before it reaches the engine; it keeps its place among the statuses.
    /// </summary>
    public void RefuseLastEvent(EntryStatus status) => _events[EventCount - 1].Status = status;

    public void AddCandidate(ReadOnlySpan<byte> item, float relevance)
    {
        if (CandidateCount == _candidates.Length)
        {
            Array.Resize(ref _candidates, Math.Max(64, _candidates.Length * 2));
        }

        _candidates[CandidateCount++] = new RequestCandidate { Item = Store(item), Relevance = relevance };
    }

    /// <summary>Refuses the last candidate added before it reaches the engine.</summary>
    public void RefuseLastCandidate(EntryStatus status) => _candidates[CandidateCount - 1].Status = status;

    /// <summary>Copies bytes into the request; the slice is valid until Reset.</summary>
    public ArenaSlice Store(ReadOnlySpan<byte> bytes)
    {
        if (_arenaLength + bytes.Length > _arena.Length)
        {
            Array.Resize(ref _arena, Math.Max(_arena.Length * 2, _arenaLength + bytes.Length));
        }

        bytes.CopyTo(_arena.AsSpan(_arenaLength));
        var slice = new ArenaSlice(_arenaLength, bytes.Length);
        _arenaLength += bytes.Length;
        return slice;
    }

    /// <summary>
    /// What it counts for in queues and batches: 1, or its events where each was a caller's request of its own.
    /// </summary>
    internal int Weight => IsPlaced ? EventCount : 1;

    /// <summary>Of <see cref="User"/>; set by the router.</summary>
    internal ulong UserHash { get; set; }

    /// <summary>The user's slot in its partition's batch.</summary>
    internal int UserSlot { get; set; }

    /// <summary>Counted by <see cref="ScanPressure.Admitted"/> until its batch has run.</summary>
    internal bool IsAdmitted { get; set; }

    /// <summary>Several partitions work on it at once.</summary>
    internal bool IsShared { get; private set; }

    internal void ExpectPartitions(int count)
    {
        IsShared = count > 1;
        Volatile.Write(ref _pendingPartitions, count);
    }

    /// <summary>One partition has done its share; true for the last one.</summary>
    internal bool PartitionDone() => !IsShared || Interlocked.Decrement(ref _pendingPartitions) == 0;

    /// <summary>The request's link for its n-th partition; free once that partition has taken it.</summary>
    internal RequestShare Share(int index)
    {
        while (_shares.Length <= index)
        {
            Array.Resize(ref _shares, _shares.Length + 1);
            _shares[^1] = new RequestShare(this);
        }

        return _shares[index];
    }
}

/// <summary>Bytes inside a request's arena.</summary>
public readonly record struct ArenaSlice(int Offset, int Length);

/// <summary>An event as asked, and what became of it. An Ok status before Submit means "to be folded".</summary>
public struct RequestEvent
{
    public ArenaSlice User;
    public ArenaSlice Item;
    public long TimeMs;
    public ulong EventId;
    public float Value;
    public byte Type;
    public EntryStatus Status;
    internal ushort Partition;

    /// <summary>The user's slot in its partition's batch.</summary>
    internal int Slot;
    internal ulong UserHash;

    /// <summary>Of the catalogue's id table, for the batch that reads it.</summary>
    internal uint ItemHash;
}

/// <summary>What an event says besides its ids. A NaN value means none was given; event id 0 none.</summary>
public readonly record struct EventFigures(byte Type, long TimeMs, float Value, ulong EventId);

public struct RequestCandidate
{
    public ArenaSlice Item;

    /// <summary>NaN: none given.</summary>
    public float Relevance;
    public float Score;
    public float Interest;
    public EntryStatus Status;
}

/// <summary>An item of the list. Its terms are Terms[FirstTerm .. FirstTerm+TermCount).</summary>
public readonly record struct AnsweredItem(
    ArenaSlice Item, float Score, int FirstTerm = 0, int TermCount = 0, float OlderTerms = 0)
{
    /// <summary>Of interest; NaN where the policy has no calibration, or for this list.</summary>
    public float Probability { get; init; } = float.NaN;

    /// <summary>Its sources are Sources[FirstSource .. FirstSource+SourceCount).</summary>
    public int FirstSource { get; init; }

    public int SourceCount { get; init; }
}

/// <summary>What one source adds to an item's score.</summary>
public readonly record struct AnsweredSource(SourceKind Kind, float Amount);

public readonly record struct AnsweredTerm(ArenaSlice Item, byte EventType, long TimeMs, float Amount);

/// <summary>The last log sequence that a request wrote in a partition.</summary>
public readonly record struct PartitionPosition(ushort Partition, LogPosition Position);
