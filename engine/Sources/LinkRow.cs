namespace Ebb.Engine.Sources;

/// <summary>
/// One item's links. The learner alone changes it: it counts in slots, and publishes the strongest of them now and
/// then. Any thread copies what is published, under a version that is odd while it is written (a seqlock).
/// </summary>
internal sealed class LinkRow
{
    public const int PublishedCountMax = 32;

    private const int SlotCountMin = 4;

    private uint[] _items = [];
    private float[] _weights = [];
    private int _count;
    private int _epoch;
    private SourceLink[] _published = [];
    private int _publishedCount;
    private int _version;

    public int Epoch => _epoch;

    /// <summary>What one event weighs at the latest moment counted here, on the scale of the epoch.</summary>
    public double Unit { get; private set; }

    public ReadOnlySpan<uint> Items => _items.AsSpan(0, _count);

    public ReadOnlySpan<float> Weights => _weights.AsSpan(0, _count);

    /// <summary>Changes ever, and as of the last publishing.</summary>
    public int ChangeCount { get; private set; }

    public int PublishedChangeCount { get; private set; }

    public bool IsDirty { get; set; }

    /// <summary>Counts a link. It grows while slots are left in the budget; then the weakest gives way.</summary>
    public void Add(uint item, float weight, DecayMoment moment, SlotBudget budget)
    {
        ChangeCount++;
        if (_count == 0)
        {
            _epoch = moment.Epoch;
        }
        else if (moment.Epoch > _epoch)
        {
            float carry = (float)DecayMoment.Carry(_epoch, moment.Epoch);
            Unit *= carry;
            foreach (ref float held in _weights.AsSpan(0, _count))
            {
                held *= carry;
            }

            _epoch = moment.Epoch;
        }

        double unit = moment.Unit(_epoch);
        float added = (float)(weight * unit);
        Unit = Math.Max(Unit, unit);
        int slot = _items.AsSpan(0, _count).IndexOf(item);
        if (slot >= 0)
        {
            _weights[slot] += added;
            return;
        }

        slot = _count < _items.Length || TryGrow(budget) ? _count++ : Weakest();
        _items[slot] = item;
        _weights[slot] = added;
    }

    public void Publish(ReadOnlySpan<SourceLink> links)
    {
        IsDirty = false;
        PublishedChangeCount = ChangeCount;
        SourceLink[] published = _published.Length >= links.Length
            ? _published
            : new SourceLink[Math.Min(PublishedCountMax, Math.Max(SlotCountMin, links.Length * 2))];
        int version = _version;
        Volatile.Write(ref _version, version + 1);
        Volatile.WriteBarrier();
        links.CopyTo(published);
        _published = published;
        _publishedCount = links.Length;
        Volatile.Write(ref _version, version + 2);
    }

    /// <summary>Copies the published links (the target holds PublishedCountMax); says how many.</summary>
    public int Copy(Span<SourceLink> target)
    {
        var wait = default(SpinWait);
        while (true)
        {
            int version = Volatile.Read(ref _version);
            if ((version & 1) == 0)
            {
                // Array and count may be of two publishings: the length guards the copy, the version the content.
                SourceLink[] published = _published;
                int count = Math.Min(_publishedCount, published.Length);
                published.AsSpan(0, count).CopyTo(target);
                Volatile.ReadBarrier();
                if (_version == version)
                {
                    return count;
                }
            }

            wait.SpinOnce(-1);
        }
    }

    private bool TryGrow(SlotBudget budget)
    {
        int slotCount = Math.Min(budget.RowSlotCountMax, Math.Max(SlotCountMin, _items.Length * 2));
        if (slotCount <= _items.Length || !budget.TryTake(slotCount - _items.Length))
        {
            return _items.Length == 0 && Grow(SlotCountMin);
        }

        return Grow(slotCount);
    }

    private bool Grow(int slotCount)
    {
        Array.Resize(ref _items, slotCount);
        Array.Resize(ref _weights, slotCount);
        return true;
    }

    private int Weakest()
    {
        int weakest = 0;
        for (int slot = 1; slot < _count; slot++)
        {
            weakest = _weights[slot] < _weights[weakest] ? slot : weakest;
        }

        return weakest;
    }
}
