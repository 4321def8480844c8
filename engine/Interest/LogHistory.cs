using Ebb.Engine.Log;
using Ebb.Engine.Store;

namespace Ebb.Engine.Interest;

/// <summary>
/// The events of some users in the order in which they were folded, as the retained log tells it: read forward, in as
/// many steps as wanted. A user's are whole when they say what the record says. One thread at a time.
/// </summary>
internal sealed class LogHistory(IEnumerable<OpaqueId> users, ulong firstSequence)
{
    private readonly Dictionary<OpaqueId, List<EventFacts>> _events =
        users.ToDictionary(user => user, _ => new List<EventFacts>());

    private readonly ParkedEvents _parked = new();

    /// <summary>Every event of every user asked for.</summary>
    public IEnumerable<EventFacts> AllEvents => _events.Values.SelectMany(events => events);

    /// <summary>The memory schema changed on the way: splits that events name are of different schemas.</summary>
    public bool CrossesSchemas { get; private set; }

    /// <summary>The next entry to read.</summary>
    public ulong Next { get; private set; } = firstSequence;

    /// <summary>Reads what is durable of the partition's log.</summary>
    public void Read(IEventLog log, ushort partition)
    {
        using IEventLogReader reader = log.ReadFrom(partition, Next);
        while (reader.MoveNext())
        {
            Take(new FoldEntry(reader.Payload));
            Next = reader.Position.Sequence + 1;
        }
    }

    public List<EventFacts> EventsOf(OpaqueId user) => _events[user];

    /// <summary>The place of the user's event with an id, or -1.</summary>
    public int Find(OpaqueId user, ulong eventId) =>
        _events[user].FindLastIndex(facts => facts.EventId == eventId);

    /// <summary>
    /// True when nothing is missing: as many events as were ever folded, and the remembered ones are the last of these.
    /// </summary>
    public static bool IsWhole(List<EventFacts> events, UserRecord record)
    {
        if ((ulong)events.Count != record.EventCount)
        {
            return false;
        }

        int place = events.Count;
        for (int index = 0; index < record.RecentCount; index++)
        {
            do
            {
                place--;
            }
            while (place >= 0 && events[place].IsCapped);
            if (place < 0)
            {
                return false;
            }

            RecentEvent recent = record.GetRecent(index);
            EventFacts facts = events[place];
            if (recent.TimeMs != facts.TimeMs || recent.ItemIndex != facts.ItemIndex
                || recent.ItemVersion != facts.ItemVersion || recent.Weight != facts.Weight)
            {
                return false;
            }
        }

        return true;
    }

    private void Take(in FoldEntry entry)
    {
        switch (entry.Kind)
        {
            case FoldEntryKind.Event when (entry.Flags & FoldEntry.ShownFlag) != 0:
                break;
            case FoldEntryKind.Event when Asked(entry.User) is { } events:
                events.Add(EventFacts.From(entry));
                break;
            case FoldEntryKind.Park:
                _parked.Add(entry.User, entry.Item, EventFacts.From(entry));
                break;
            case FoldEntryKind.Resolve:
                Resolve(entry);
                break;
            case FoldEntryKind.GiveUp:
                _parked.DropOldest(entry.Count);
                break;
            case FoldEntryKind.Forget:
                _parked.DropUser(entry.User);
                Asked(entry.User)?.Clear();
                break;
            case FoldEntryKind.Expire:
                Asked(entry.User)?.Clear();
                break;
            case FoldEntryKind.MergeOut:

                // What a MergeIn brings to a key is in no event of it: the record then counts more than the log tells.
                Asked(entry.User)?.Clear();
                break;
            case FoldEntryKind.Unsend when Asked(entry.User) is { } events:
                Unsend(entry, events);
                break;
            case FoldEntryKind.Schema:
                CrossesSchemas |= Next > 1;
                break;
        }
    }

    private void Resolve(in FoldEntry entry)
    {
        foreach (ParkedEvent parked in _parked.Take(new OpaqueId(entry.Item.ToArray())))
        {
            Asked(parked.User)?.Add(parked.Facts.ResolvedBy(entry));
        }
    }

    private void Unsend(in FoldEntry entry, List<EventFacts> events)
    {
        ulong id = entry.EventId;
        _parked.Drop(entry.User, id);
        int place = events.FindLastIndex(facts => facts.EventId == id);
        if ((UnsendMethod)entry.Count != UnsendMethod.Parked && place >= 0)
        {
            events.RemoveAt(place);
        }
    }

    private List<EventFacts>? Asked(ReadOnlySpan<byte> user) =>
        _events.GetValueOrDefault(new OpaqueId(user.ToArray()));
}
