using System.Text;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Diagnostics;
using Ebb.Engine.Experiments;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Store;

namespace Ebb.Engine.Batching;

/// <summary>
/// Decides, before anything changes, what becomes of each event of a batch: refused, duplicate, parked or folded, with
/// its clamped time and effective weight. The decision is what is logged; the fold only carries it out. What earlier
/// events of the same batch will change is kept in an overlay, so that nothing has to be undone when the log refuses.
/// </summary>
internal sealed class EventAdmission(
    MemorySchema schema, PartitionState state, UserWorkingSet users, PartitionCounters counters)
{
    /// <summary>A user key: tenant prefix and id.</summary>
    public const int UserKeyBytesMax = 97;

    private readonly ImpulseRule _impulse = new(schema);
    private readonly BurstLimiter? _bursts =
        schema.BurstCap is null ? null : new BurstLimiter(schema.BurstCap, state.Parked);
    private readonly SplitLookup _splits = new(schema.CategorySplits);
    private readonly PreviousCategories? _previous =
        schema.Flows is null ? null : new PreviousCategories(schema.Flows, users);
    private readonly Dictionary<ulong, ulong> _sessionMarks = [];
    private readonly HashSet<(int Slot, ulong EventId)> _eventIds = [];
    private readonly long _toleranceMs = (long)schema.FutureTolerance.TotalMilliseconds;
    private readonly long _windowMs = (long)schema.ParkingWindow.TotalMilliseconds;
    private string _segment = "";
    private byte[] _segmentBytes = [];
    private long _nowMs;
    private int _parkedCount;

    /// <summary>What drift does to weights; null: nothing.</summary>
    public DriftGain? Gain { get; init; }

    /// <summary>Of the policies in force; null: there are no experiments.</summary>
    public ExperimentLayer? Experiments { get; set; }

    public static bool IsUserKey(int length) => length is >= 1 and <= UserKeyBytesMax;

    public void BeginBatch(long nowMs, FoldEntryBuffer entries)
    {
        _sessionMarks.Clear();
        _eventIds.Clear();
        _bursts?.BeginBatch();
        _previous?.BeginBatch();
        Gain?.BeginBatch();
        _nowMs = nowMs;
        int expired = state.Parked.CountParkedBefore(nowMs - _windowMs);
        if (expired > 0)
        {
            entries.AddGiveUp(expired);
        }

        _parkedCount = state.Parked.Count - expired;
    }

    /// <summary>Sets the event's status; adds an entry when it is Ok or Parked.</summary>
    public void Admit(
        EngineRequest request, int eventIndex, CatalogueLease catalogue, FoldEntryBuffer entries)
    {
        ref RequestEvent asked = ref request.Event(eventIndex);
        asked.Status = Check(asked, out float weight);
        if (asked.Status != EntryStatus.Ok)
        {
            return;
        }

        ReadOnlySpan<byte> user = request.Bytes(asked.User);
        ulong sequence = request.Write.Session == 0 ? 0 : request.Write.Sequence + (ulong)eventIndex;
        if (IsDuplicate(asked.Slot, request.Write.Session, sequence, asked.EventId))
        {
            asked.Status = EntryStatus.Duplicate;
            return;
        }

        bool clamped = asked.TimeMs > _nowMs + _toleranceMs;
        if (clamped)
        {
            counters.Clamped();
        }

        asked.TimeMs = clamped ? _nowMs : asked.TimeMs;
        weight = Gain?.Apply(weight, user, asked.Slot, asked.TimeMs) ?? weight;
        ReadOnlySpan<byte> item = request.Bytes(asked.Item);
        bool isItemKnown = catalogue.TryFind(item, asked.ItemHash, out int row);
        bool isShown = _impulse.IsImpression(asked.Type);
        float limited = _bursts is null || isShown ? weight : Limit(request, asked, isItemKnown ? row : -1, weight);
        if (isShown && !isItemKnown)
        {
            // Nothing that waits for its item: what was shown has one.
            asked.Status = EntryStatus.UnknownItem;
            return;
        }

        bool isCapped = isShown || (limited == 0 && weight != 0);
        int flags = (clamped ? FoldEntry.ClampedFlag : 0) | (isCapped ? FoldEntry.CappedFlag : 0)
            | (isShown ? FoldEntry.ShownFlag : 0);
        Enter(request, ref asked, new Verdict(isItemKnown ? row : -1, limited, flags, sequence), catalogue, entries);
    }

    private void Enter(
        EngineRequest request, ref RequestEvent asked, Verdict verdict, CatalogueLease catalogue,
        FoldEntryBuffer entries)
    {
        int row = verdict.Row;
        bool isItemKnown = row >= 0;
        (uint from, uint to) = isItemKnown && _previous is not null && (verdict.Flags & FoldEntry.ShownFlag) == 0
            ? _previous.Of(asked, verdict.Weight, row, catalogue)
            : default;

        // Whole at once: a copy with a field changed would wait for what was just written, field by field.
        var facts = new EventFacts
        {
            Type = asked.Type,
            Flags = (byte)(verdict.Flags | (isItemKnown ? _splits.Of(row, catalogue) << FoldEntry.SplitShift : 0)),
            TimeMs = asked.TimeMs,
            Weight = verdict.Weight,
            Session = request.Write.Session,
            SessionSequence = verdict.Sequence,
            EventId = asked.EventId,
            ItemIndex = isItemKnown ? (uint)row : 0,
            ItemVersion = isItemKnown ? catalogue.Version(row) : 0,
            FromCategory = from,
            ToCategory = to,
            ParkedAtMs = isItemKnown ? 0 : _nowMs,
        };
        if (!isItemKnown)
        {
            asked.Status = EntryStatus.Parked;
            Park(facts, request, asked, entries);
            return;
        }

        if (Experiments is { } experiments)
        {
            facts = experiments.Mark(facts, request.Bytes(asked.User));
        }

        entries.AddEvent(facts, request.Bytes(asked.User), default, asked.Slot, SegmentOf(request));
    }

    // Of an ACT: an OBSERVE has none. The text is the same for all events of a request, and mostly of a connection.
    private ReadOnlySpan<byte> SegmentOf(EngineRequest request)
    {
        string name = request.Filter.Segment;
        if (name.Length == 0 || request.Kind != RequestKind.Act)
        {
            return default;
        }

        if (!ReferenceEquals(name, _segment))
        {
            byte[] bytes = Encoding.UTF8.GetBytes(name);
            _segmentBytes = bytes.Length <= ItemPut.AttributeBytesMax ? bytes : [];
            _segment = name;
        }

        return _segmentBytes;
    }

    public SplitLookup Splits => _splits;

    private float Limit(EngineRequest request, in RequestEvent asked, int row, float weight)
    {
        bool isKnown = users.IsFound(asked.Slot);
        UserRecord record = isKnown ? new UserRecord(users.RecordBytes(asked.Slot), users.Shape) : default;
        float limited = _bursts!.Limit(request, asked, record, new BurstEvent(asked.Slot, isKnown, row, weight));
        if (limited != weight)
        {
            counters.Capped();
        }

        return limited;
    }

    private EntryStatus Check(in RequestEvent asked, out float weight)
    {
        weight = 0;
        if (asked.Status != EntryStatus.Ok)
        {
            return asked.Status;
        }

        if (!IsUserKey(asked.User.Length) || asked.Item.Length is < 1 or > OpaqueId.BytesMax)
        {
            return EntryStatus.IdLength;
        }

        if (asked.TimeMs < 0)
        {
            return EntryStatus.TimeOutOfRange;
        }

        return _impulse.TryWeigh(asked.Type, asked.Value, out weight);
    }

    private bool IsDuplicate(int slot, ulong session, ulong sequence, ulong eventId)
    {
        if (session != 0)
        {
            if (!_sessionMarks.TryGetValue(session, out ulong mark))
            {
                mark = state.Sessions.MarkOf(session);
            }

            if (sequence <= mark)
            {
                return true;
            }

            _sessionMarks[session] = sequence;
        }

        if (eventId == 0)
        {
            return false;
        }

        bool known = users.IsFound(slot)
            && new UserRecord(users.RecordBytes(slot), users.Shape).HasEventId(eventId);
        return known || !_eventIds.Add((slot, eventId));
    }

    private void Park(in EventFacts facts, EngineRequest request, in RequestEvent asked, FoldEntryBuffer entries)
    {
        if (_parkedCount >= schema.ParkedCountMax)
        {
            entries.AddGiveUp(1);
            _parkedCount--;
        }

        entries.AddEvent(facts, request.Bytes(asked.User), request.Bytes(asked.Item), asked.Slot);
        _parkedCount++;
    }

    /// <summary>What was decided of an event. Row: of its item, -1 when that is unknown. Weight: effective.</summary>
    private readonly record struct Verdict(int Row, float Weight, int Flags, ulong Sequence);
}
