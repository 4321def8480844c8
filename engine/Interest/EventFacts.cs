namespace Ebb.Engine.Interest;

/// <summary>An event as it was admitted: everything that the fold needs besides the ids.</summary>
internal readonly record struct EventFacts
{
    public byte Type { get; init; }

    public byte Flags { get; init; }

    public uint ItemIndex { get; init; }

    public ulong ItemVersion { get; init; }

    public long TimeMs { get; init; }

    /// <summary>Clock at admission, for parked events.</summary>
    public long ParkedAtMs { get; init; }

    public float Weight { get; init; }

    /// <summary>Where its user comes from and goes to, category codes; both 0 where it moves nobody.</summary>
    public uint FromCategory { get; init; }

    public uint ToCategory { get; init; }

    /// <summary>What it is to the experiments; an impression's key and fingerprint are where categories are.</summary>
    public uint Feedback { get; init; }

    public ulong Session { get; init; }

    public ulong SessionSequence { get; init; }

    public ulong EventId { get; init; }

    /// <summary>The record's ring of ids holds its id beside it: not so for an event that was parked.</summary>
    public bool HasId { get; init; }

    public bool IsCapped => (Flags & FoldEntry.CappedFlag) != 0;

    public bool IsShown => (Flags & FoldEntry.ShownFlag) != 0;

    /// <summary>The category split that divides its impulse, from 1; 0: none.</summary>
    public int Split => Flags >> FoldEntry.SplitShift;

    /// <summary>A parked event whose item has come: the item's part is what the Resolve says.</summary>
    public EventFacts ResolvedBy(in FoldEntry resolve) => this with
    {
        ItemIndex = resolve.ItemIndex,
        ItemVersion = resolve.ItemVersion,
        Flags = (byte)(Flags | resolve.Flags),
    };

    public static EventFacts From(in FoldEntry entry)
    {
        bool isEvent = entry.Kind == FoldEntryKind.Event;
        ulong eventId = entry.EventId;
        byte flags = entry.Flags;
        return new EventFacts
        {
            Type = entry.EventType,
            Flags = flags,
            ItemIndex = entry.ItemIndex,
            ItemVersion = entry.ItemVersion,
            TimeMs = entry.TimeMs,
            ParkedAtMs = isEvent ? 0 : entry.ParkedAtMs,
            FromCategory = isEvent ? entry.FromCategory : 0,
            ToCategory = isEvent ? entry.ToCategory : 0,
            Feedback = isEvent ? entry.Feedback : 0,
            Weight = entry.Weight,
            Session = entry.Session,
            SessionSequence = entry.SessionSequence,
            EventId = eventId,
            HasId = isEvent && eventId != 0 && (flags & FoldEntry.CappedFlag) == 0,
        };
    }
}
