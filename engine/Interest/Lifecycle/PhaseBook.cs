using Ebb.Engine.Store;

namespace Ebb.Engine.Interest.Lifecycle;

/// <summary>
/// The phases of one user at one moment: a track a category and a track an item of the last events. Read afresh for
/// each answer from the record's last events, nothing of it is stored. Reused; one thread at a time.
/// </summary>
internal sealed class PhaseBook
{
    private readonly Entry[] _entries = new Entry[2 * MemorySchema.RecentEventCountMax];

    public int Count { get; private set; }

    /// <summary>A number that two books share if and, but for chance, only if all their phases are the same.</summary>
    public ulong Mark { get; private set; }

    public ReadOnlySpan<Entry> Entries => _entries.AsSpan(0, Count);

    public void Clear()
    {
        Count = 0;
        Mark = 0;
    }

    /// <summary>Counts an event. In log order, oldest first.</summary>
    public void Add(in RecentEvent recent, uint category, LifecyclePolicy policy)
    {
        if (policy.Categories is { } categories && category != 0)
        {
            At(PhaseSubject.Category, category).Track.Add(recent.Weight, recent.TimeMs, categories.HalfLifeMs);
        }

        if (policy.Items is { } items)
        {
            At(PhaseSubject.Item, recent.ItemIndex).Track.Add(recent.Weight, recent.TimeMs, items.HalfLifeMs);
        }
    }

    /// <summary>After the last event: the phases of this moment.</summary>
    public void Judge(long nowMs, LifecyclePolicy policy)
    {
        Mark = 0;
        foreach (ref Entry entry in _entries.AsSpan(0, Count))
        {
            entry.Phase = entry.Track.PhaseAt(nowMs, policy.RuleOf(entry.Subject)!);
            Mark += Mixed(((ulong)entry.Code << 8) | ((ulong)entry.Subject << 4) | ((ulong)entry.Phase + 1));
        }
    }

    /// <summary>The next moment at which any phase changes if no event comes; long.MaxValue: never.</summary>
    public long NextChangeMs(long nowMs, LifecyclePolicy policy)
    {
        long next = long.MaxValue;
        foreach (ref readonly Entry entry in Entries)
        {
            next = Math.Min(next, entry.Track.NextChangeMs(nowMs, policy.RuleOf(entry.Subject)!));
        }

        return next;
    }

    public bool TryFind(PhaseSubject subject, uint code, out Entry found)
    {
        foreach (ref readonly Entry entry in Entries)
        {
            if (entry.Subject == subject && entry.Code == code)
            {
                found = entry;
                return true;
            }
        }

        found = default;
        return false;
    }

    private ref Entry At(PhaseSubject subject, uint code)
    {
        for (int index = 0; index < Count; index++)
        {
            if (_entries[index].Subject == subject && _entries[index].Code == code)
            {
                return ref _entries[index];
            }
        }

        _entries[Count] = new Entry { Subject = subject, Code = code };
        return ref _entries[Count++];
    }

    // MurmurHash3's finaliser: the marks are summed, so that the order of the entries does not matter.
    private static ulong Mixed(ulong value)
    {
        value = (value ^ (value >> 33)) * 0xFF51AFD7ED558CCD;
        value = (value ^ (value >> 33)) * 0xC4CEB9FE1A85EC53;
        return value ^ (value >> 33);
    }

    /// <summary>A subject: a category's code or an item's row.</summary>
    internal struct Entry
    {
        public PhaseSubject Subject;
        public uint Code;
        public InterestPhase Phase;
        public IntensityTrack Track;
    }
}
