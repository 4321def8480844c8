namespace Ebb.Engine.Interest.Lifecycle.Watching;

/// <summary>
/// A hashed timing wheel (G. Varghese and T. Lauck, "Hashed and hierarchical timing wheels", SOSP 1987, scheme 6): a
/// watch lies in the slot of its moment, and each tick looks at one slot. Scheduling, moving and cancelling are O(1);
/// a watch that is due after several turns is passed once a turn. Any thread.
/// </summary>
internal sealed class TimingWheel(int tickMs, int slotCount, long nowMs)
{
    private readonly Lock _lock = new();
    private readonly PhaseWatch?[] _slots = new PhaseWatch?[slotCount];
    private long _tick = nowMs / tickMs;
    private int _count;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    /// <summary>Puts the watch where it belongs now; long.MaxValue takes it off. True: the wheel was empty.</summary>
    public bool Schedule(PhaseWatch watch, long dueMs)
    {
        lock (_lock)
        {
            Remove(watch);
            watch.DueMs = dueMs;
            if (dueMs == long.MaxValue || watch.IsDisposed)
            {
                return false;
            }

            // The next tick at the earliest: the slot of this one has been looked at.
            long tick = Math.Max(_tick + 1, (dueMs + tickMs - 1) / tickMs);
            int slot = (int)(tick % slotCount);
            watch.Slot = slot;
            watch.Next = _slots[slot];
            if (watch.Next is { } next)
            {
                next.Previous = watch;
            }

            _slots[slot] = watch;
            return _count++ == 0;
        }
    }

    public void Cancel(PhaseWatch watch)
    {
        lock (_lock)
        {
            Remove(watch);
        }
    }

    /// <summary>Takes what is due off the wheel.</summary>
    public void Advance(long nowMs, List<PhaseWatch> due)
    {
        lock (_lock)
        {
            long last = nowMs / tickMs;
            int steps = (int)Math.Min(slotCount, last - _tick);
            for (int step = 1; step <= steps; step++)
            {
                TakeDue((int)((_tick + step) % slotCount), nowMs, due);
            }

            _tick = Math.Max(_tick, last);
        }
    }

    private void TakeDue(int slot, long nowMs, List<PhaseWatch> due)
    {
        PhaseWatch? watch = _slots[slot];
        while (watch is not null)
        {
            PhaseWatch? next = watch.Next;
            if (watch.DueMs <= nowMs)
            {
                Remove(watch);
                due.Add(watch);
            }

            watch = next;
        }
    }

    private void Remove(PhaseWatch watch)
    {
        if (watch.Slot < 0)
        {
            return;
        }

        if (watch.Previous is { } previous)
        {
            previous.Next = watch.Next;
        }
        else
        {
            _slots[watch.Slot] = watch.Next;
        }

        if (watch.Next is { } next)
        {
            next.Previous = watch.Previous;
        }

        watch.Previous = null;
        watch.Next = null;
        watch.Slot = -1;
        _count--;
    }
}
