using Ebb.Engine.Log;
using Ebb.Engine.Store;

namespace Ebb.Engine.Interest;

/// <summary>
/// The events of one user in the order in which they were folded, as the retained log tells it: read forward, in as
/// many steps as wanted. It is whole when it says what the record says. One thread at a time.
/// </summary>
internal sealed class UserHistory(byte[] user, ulong firstSequence)
{
    private readonly List<EventFacts> _events = [];
    private readonly ParkedEvents _parked = new();

    public IReadOnlyList<EventFacts> Events => _events;

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

    /// <summary>The place of the user's event with an id, or -1.</summary>
    public int Find(ulong eventId) => _events.FindLastIndex(facts => facts.EventId == eventId);

    /// <summary>
    /// True when nothing is missing: as many events as were ever folded, and the remembered ones are the last of these.
    /// </summary>
    public bool IsWhole(UserRecord record)
    {
        if ((ulong)_events.Count != record.EventCount)
        {
            return false;
        }

        int place = _events.Count;
        for (int index = 0; index < record.RecentCount; index++)
        {
            do
            {
                place--;
            }
            while (place >= 0 && _events[place].IsCapped);
            if (place < 0)
            {
                return false;
            }

            RecentEvent recent = record.GetRecent(index);
            EventFacts facts = _events[place];
            if (recent.TimeMs != facts.TimeMs || recent.ItemIndex != facts.ItemIndex
                || recent.ItemVersion != facts.ItemVersion || recent.Weight != facts.Weight)
            {
                return false;
            }
        }

        return true;
    }

    private void Take(FoldEntry entry)
    {
        switch (entry.Kind)
        {
            case FoldEntryKind.Event when entry.User.SequenceEqual(user):
                EventFacts facts = EventFacts.From(entry);
                _events.Add(facts with { HasId = facts.EventId != 0 && !facts.IsCapped });
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
                Forget(entry);
                break;
            case FoldEntryKind.Unsend when entry.User.SequenceEqual(user):
                Unsend(entry);
                break;
        }
    }

    private void Resolve(FoldEntry entry)
    {
        foreach (ParkedEvent parked in _parked.Take(new OpaqueId(entry.Item.ToArray())))
        {
            if (parked.User.AsSpan().SequenceEqual(user))
            {
                _events.Add(parked.Facts.ResolvedBy(entry));
            }
        }
    }

    private void Forget(FoldEntry entry)
    {
        _parked.DropUser(entry.User);
        if (entry.User.SequenceEqual(user))
        {
            _events.Clear();
        }
    }

    private void Unsend(FoldEntry entry)
    {
        _parked.Drop(entry.User, entry.EventId);
        int place = Find(entry.EventId);
        if ((UnsendMethod)entry.Count != UnsendMethod.Parked && place >= 0)
        {
            _events.RemoveAt(place);
        }
    }
}
