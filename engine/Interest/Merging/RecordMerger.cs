using Ebb.Engine.Store;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Interest.Merging;

/// <summary>
/// Puts one record's events into another's of the same shape: sums add as of the later moment, rings become the newest
/// of both by time (the target's first where times are equal), with the ids that name them. Stored arithmetic alone.
/// One thread at a time.
/// </summary>
internal sealed class RecordMerger(IKernelBackend backend, BankShape bank)
{
    private readonly List<Remembered> _events = [];
    private readonly List<ulong> _bareIds = [];

    public void Merge(UserRecord target, UserRecord moved)
    {
        _events.Clear();
        _bareIds.Clear();
        Collect(target);
        Collect(moved);
        AddSums(target, moved);

        // Stable: events of one record keep their order where their times are equal, and so do both records.
        Remembered[] events = [.. _events.OrderBy(one => one.Event.TimeMs)];
        target.ClearRings();
        foreach (ulong id in _bareIds)
        {
            target.PushEventId(id, hasEvent: false);
        }

        foreach (Remembered one in events)
        {
            bool hasId = one.Id != 0;
            RecentEventFlags flags = one.Event.Flags & ~RecentEventFlags.HasId;
            target.PushRecent(one.Event with { Flags = hasId ? flags | RecentEventFlags.HasId : flags });
            if (hasId)
            {
                target.PushEventId(one.Id);
            }
        }
    }

    private void AddSums(UserRecord target, UserRecord moved)
    {
        if (moved.EventCount == 0)
        {
            return;
        }

        bool isNew = target.EventCount == 0;
        long heldAtMs = isNew ? moved.LastEventMs : target.LastEventMs;
        long asOfMs = Math.Max(heldAtMs, moved.LastEventMs);
        float[] added = moved.Bank.ToArray();
        backend.Decay(bank, target.Bank, asOfMs - heldAtMs);
        backend.Decay(bank, added, asOfMs - moved.LastEventMs);
        Span<float> sums = target.Bank;
        for (int index = 0; index < added.Length; index++)
        {
            sums[index] += added[index];
        }

        target.FirstEventMs = isNew ? moved.FirstEventMs : Math.Min(target.FirstEventMs, moved.FirstEventMs);
        target.LastEventMs = asOfMs;
        target.EventCount += moved.EventCount;
    }

    /// <summary>
    /// Oldest first. An event whose id has fallen out of the ring is one without an id from now on; else it would stand
    /// between events that the ring still names, and the two would not be in the same order any more.
    /// </summary>
    private void Collect(UserRecord record)
    {
        int first = _events.Count;
        for (int index = record.RecentCount - 1; index >= 0; index--)
        {
            _events.Add(new Remembered(record.GetRecent(index), 0));
        }

        for (int age = record.EventIdCount - 1; age >= 0; age--)
        {
            ulong id = record.EventIdAt(age);
            int place = record.FindRecent(id);
            if (place < 0)
            {
                _bareIds.Add(id);
            }
            else
            {
                int at = first + record.RecentCount - 1 - place;
                _events[at] = _events[at] with { Id = id };
            }
        }
    }

    private readonly record struct Remembered(RecentEvent Event, ulong Id);
}
