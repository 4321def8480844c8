namespace Ebb.Engine.Store;

/// <summary>Taking an event out again: which one an id names, and the ring without it.</summary>
public readonly ref partial struct UserRecord
{
    private const int FlagCount = 16;

    /// <summary>
    /// The remembered event with an id, newest 0; -1 when it is not told: ids and events flagged so stand in the same
    /// order, newest first, as far as both rings reach.
    /// </summary>
    public int FindRecent(ulong eventIdHash)
    {
        int recent = -1;
        for (int age = 0; age < Math.Min(_shape.EventIdCapacity, FlagCount); age++)
        {
            int slot = SlotOfId(age);
            ulong id = EventIds[slot];
            if (id == 0 || !HasEvent(slot))
            {
                if (id == NeverEmpty(eventIdHash))
                {
                    return -1;
                }

                continue;
            }

            recent = NextWithId(recent);
            if (recent < 0 || id == NeverEmpty(eventIdHash))
            {
                return recent;
            }
        }

        return -1;
    }

    /// <summary>The id stays, so that a resend is a duplicate, and names no event any more.</summary>
    public void DetachEventId(ulong eventIdHash)
    {
        int slot = EventIds.IndexOf(NeverEmpty(eventIdHash));
        if (slot >= 0)
        {
            SetHasEvent(slot, false);
        }
    }

    /// <summary>Takes a remembered event out of the ring; the others keep their order.</summary>
    public void RemoveRecent(int newestFirstIndex)
    {
        Span<RecentEvent> kept = stackalloc RecentEvent[RecordShape.RecentCapacityMax];
        int count = 0;
        for (int index = RecentCount - 1; index >= 0; index--)
        {
            if (index != newestFirstIndex)
            {
                kept[count++] = GetRecent(index);
            }
        }

        ClearRecent();
        foreach (ref readonly RecentEvent recent in kept[..count])
        {
            PushRecent(recent);
        }
    }

    /// <summary>
    /// Takes over everything that events made (sums, masses, ring, counts, times) from another record of the shape.
    /// </summary>
    public void CopyEventsFrom(ReadOnlySpan<byte> other)
    {
        other[_shape.RecentOffset..].CopyTo(_bytes[_shape.RecentOffset..]);
        other[LastEventMsOffset..RecordShape.HeaderBytes].CopyTo(_bytes[LastEventMsOffset..]);
        _bytes[RecentCountOffset] = other[RecentCountOffset];
        _bytes[RecentHeadOffset] = other[RecentHeadOffset];
    }

    /// <summary>Takes over what is remembered of event ids from a record whose shape keeps as many.</summary>
    public void CopyEventIdsFrom(UserRecord other)
    {
        other.EventIds.CopyTo(EventIds);
        _bytes[EventIdHeadOffset] = other._bytes[EventIdHeadOffset];
        Flags = other.Flags;
    }

    /// <summary>No event is left: as of a user of whom only event ids are known.</summary>
    public void ClearEvents()
    {
        ClearRecent();
        Bank.Clear();
        LastEventMs = 0;
        FirstEventMs = 0;
        EventCount = 0;
    }

    /// <summary>Ids that the ring holds; the newest has age 0.</summary>
    internal int EventIdCount
    {
        get
        {
            int count = 0;
            while (count < _shape.EventIdCapacity && EventIds[SlotOfId(count)] != 0)
            {
                count++;
            }

            return count;
        }
    }

    internal ulong EventIdAt(int age) => EventIds[SlotOfId(age)];

    /// <summary>Neither events nor ids are remembered; sums, counts and times stay.</summary>
    internal void ClearRings()
    {
        ClearRecent();
        EventIds.Clear();
        _bytes[EventIdHeadOffset] = 0;
        Flags = 0;
    }

    private void ClearRecent()
    {
        _bytes[_shape.RecentOffset.._shape.BankOffset].Clear();
        _bytes[RecentCountOffset] = 0;
        _bytes[RecentHeadOffset] = 0;
    }

    private int SlotOfId(int age) =>
        (_bytes[EventIdHeadOffset] + (2 * _shape.EventIdCapacity) - 1 - age) % _shape.EventIdCapacity;

    private int NextWithId(int after)
    {
        for (int index = after + 1; index < RecentCount; index++)
        {
            if ((GetRecent(index).Flags & RecentEventFlags.HasId) != 0)
            {
                return index;
            }
        }

        return -1;
    }

    private bool HasEvent(int slot) => slot < FlagCount && (Flags & (1 << slot)) == 0;

    private void SetHasEvent(int slot, bool hasEvent)
    {
        if (slot < FlagCount)
        {
            ushort bit = (ushort)(1 << slot);
            Flags = (ushort)(hasEvent ? Flags & ~bit : Flags | bit);
        }
    }
}
