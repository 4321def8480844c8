using Ebb.Engine.Interest;
using Ebb.Engine.Store;

namespace Ebb.Engine.Batching;

/// <summary>
/// Finds what a burst cap's window holds already: the record's remembered events, those that wait for their item, and
/// what this batch has admitted. Used by one partition's writer.
/// </summary>
internal sealed class BurstLimiter(BurstCap cap, ParkedEvents parked)
{
    private readonly List<Admitted> _batch = [];
    private readonly double _windowMs = cap.Window.TotalMilliseconds;

    public void BeginBatch() => _batch.Clear();

    /// <summary>The effective weight of an event; remembered for the rest of the batch.</summary>
    /// <param name="request">Of the event.</param>
    /// <param name="asked">The event, its time clamped.</param>
    /// <param name="record">The user's, as the batch found it; default where there is none.</param>
    /// <param name="event">Weight, item row (-1: not known yet) and slot.</param>
    public float Limit(EngineRequest request, in RequestEvent asked, UserRecord record, BurstEvent @event)
    {
        double used = 0;
        bool anyItem = cap.Per is BurstScope.User or BurstScope.Type;
        bool anyType = cap.Per is BurstScope.User or BurstScope.Item;
        for (int index = 0; index < (@event.IsKnown ? record.RecentCount : 0); index++)
        {
            RecentEvent recent = record.GetRecent(index);
            bool counts = (anyItem || recent.ItemIndex == (uint)@event.Row) && (anyType || recent.Type == asked.Type);
            used += counts ? Share(recent.Weight, recent.TimeMs, @event.Weight, asked.TimeMs) : 0;
        }

        ulong item = StableHash.Compute(request.Bytes(asked.Item));
        foreach (ref readonly Admitted other in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_batch))
        {
            bool counts = other.Slot == @event.Slot
                && (anyItem || other.Item == item) && (anyType || other.Type == asked.Type);
            used += counts ? Share(other.Weight, other.TimeMs, @event.Weight, asked.TimeMs) : 0;
        }

        if (@event.Row < 0 || anyItem)
        {
            used += UsedByParked(request, asked, @event.Weight, anyItem, anyType);
        }

        float limited = cap.Limit(@event.Weight, used);
        _batch.Add(new Admitted(@event.Slot, item, asked.Type, asked.TimeMs, limited));
        return limited;
    }

    private double UsedByParked(
        EngineRequest request, in RequestEvent asked, float weight, bool anyItem, bool anyType)
    {
        double used = 0;
        ReadOnlySpan<byte> user = request.Bytes(asked.User);
        ReadOnlySpan<byte> item = request.Bytes(asked.Item);
        foreach (ParkedEvent waiting in parked.All)
        {
            bool counts = user.SequenceEqual(waiting.User)
                && (anyItem || item.SequenceEqual(waiting.Item.Span))
                && (anyType || waiting.Facts.Type == asked.Type);
            used += counts ? Share(waiting.Facts.Weight, waiting.Facts.TimeMs, weight, asked.TimeMs) : 0;
        }

        return used;
    }

    private double Share(float weight, long timeMs, float ofWeight, long atMs) =>
        Math.Sign(weight) == Math.Sign(ofWeight) && Math.Abs(atMs - timeMs) < _windowMs ? Math.Abs(weight) : 0;

    private readonly record struct Admitted(int Slot, ulong Item, byte Type, long TimeMs, float Weight);
}

/// <summary>What admission knows of an event: its user's slot, if he is known, its item's row, its weight.</summary>
internal readonly record struct BurstEvent(int Slot, bool IsKnown, int Row, float Weight);
