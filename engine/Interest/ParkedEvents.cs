using System.Buffers.Binary;

namespace Ebb.Engine.Interest;

/// <summary>
/// Events that wait for an item that is not known yet, in the order in which they were parked. Folded state of one
/// partition; bounded by <see cref="MemorySchema.ParkedCountMax"/> and the parking window, both enforced by log
/// entries.
/// </summary>
internal sealed class ParkedEvents
{
    private readonly List<ParkedEvent> _events = [];
    private readonly Dictionary<OpaqueId, int> _countByItem = [];

    public int Count => _events.Count;

    public IReadOnlyList<ParkedEvent> All => _events;

    public bool IsAwaiting(ReadOnlySpan<byte> user)
    {
        foreach (ParkedEvent parked in _events)
        {
            if (user.SequenceEqual(parked.User))
            {
                return true;
            }
        }

        return false;
    }

    public bool Awaits(OpaqueId item) => _countByItem.ContainsKey(item);

    public IEnumerable<OpaqueId> AwaitedItems => _countByItem.Keys;

    /// <summary>Events from the oldest on that were parked before the moment.</summary>
    public int CountParkedBefore(long clockMs)
    {
        int count = 0;
        while (count < _events.Count && _events[count].Facts.ParkedAtMs < clockMs)
        {
            count++;
        }

        return count;
    }

    public IEnumerable<ParkedEvent> EventsOf(OpaqueId item) => _events.Where(parked => parked.Item == item);

    public void Add(ReadOnlySpan<byte> user, ReadOnlySpan<byte> item, in EventFacts facts)
    {
        var itemId = new OpaqueId(item.ToArray());
        _events.Add(new ParkedEvent(user.ToArray(), itemId, facts));
        _countByItem[itemId] = _countByItem.GetValueOrDefault(itemId) + 1;
    }

    /// <summary>Takes out every event of the item, oldest first.</summary>
    public IReadOnlyList<ParkedEvent> Take(OpaqueId item)
    {
        if (!_countByItem.Remove(item))
        {
            return [];
        }

        ParkedEvent[] taken = [.. EventsOf(item)];
        _events.RemoveAll(parked => parked.Item == item);
        return taken;
    }

    public void DropOldest(int count)
    {
        count = Math.Min(count, _events.Count);
        for (int index = 0; index < count; index++)
        {
            Uncount(_events[index].Item);
        }

        _events.RemoveRange(0, count);
    }

    /// <summary>The user's waiting event with an id, or null.</summary>
    public ParkedEvent? Find(ReadOnlySpan<byte> user, ulong eventId)
    {
        foreach (ParkedEvent parked in _events)
        {
            if (parked.Facts.EventId == eventId && user.SequenceEqual(parked.User))
            {
                return parked;
            }
        }

        return null;
    }

    /// <summary>Takes out the user's waiting event with an id.</summary>
    public void Drop(ReadOnlySpan<byte> user, ulong eventId)
    {
        if (Find(user, eventId) is { } parked)
        {
            Uncount(parked.Item);
            _events.Remove(parked);
        }
    }

    /// <summary>Takes out what waits for a user; says how many.</summary>
    public int DropUser(ReadOnlySpan<byte> user)
    {
        int dropped = 0;
        for (int index = _events.Count - 1; index >= 0; index--)
        {
            if (user.SequenceEqual(_events[index].User))
            {
                Uncount(_events[index].Item);
                _events.RemoveAt(index);
                dropped++;
            }
        }

        return dropped;
    }

    private void Uncount(OpaqueId item)
    {
        int left = _countByItem[item] - 1;
        if (left == 0)
        {
            _countByItem.Remove(item);
        }
        else
        {
            _countByItem[item] = left;
        }
    }

    public void Write(List<byte> output)
    {
        var entries = new FoldEntryBuffer();
        foreach (ParkedEvent parked in _events)
        {
            entries.AddEvent(parked.Facts, parked.User, parked.Item.Span);
        }

        Span<byte> field = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(field, _events.Count);
        output.AddRange(field);
        foreach (int length in entries.Lengths)
        {
            BinaryPrimitives.WriteInt32LittleEndian(field, length);
            output.AddRange(field);
        }

        output.AddRange(entries.Payloads);
    }

    public void Read(ref ReadOnlySpan<byte> input)
    {
        _events.Clear();
        _countByItem.Clear();
        int count = BinaryPrimitives.ReadInt32LittleEndian(input);
        ReadOnlySpan<byte> lengths = input.Slice(4, count * 4);
        input = input[(4 + (count * 4))..];
        for (int index = 0; index < count; index++)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(lengths[(index * 4)..]);
            var entry = new FoldEntry(input[..length]);
            Add(entry.User, entry.Item, EventFacts.From(entry));
            input = input[length..];
        }
    }
}
