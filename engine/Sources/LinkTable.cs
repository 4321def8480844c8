namespace Ebb.Engine.Sources;

/// <summary>
/// Links from item to item, decayed. Counts null: a link's value is its weight (transitions). Otherwise the cosine of
/// two items, c_ij/(√(n_i·n_j) + k) as of the row's last event: item-KNN, with a little taken from what is seen once.
/// One learner writes, any thread reads rows.
/// </summary>
internal sealed class LinkTable(DecayClock clock, ItemCounts? counts, SlotBudget budget)
{
    /// <summary>k: as if that many events of either item had gone without the other.</summary>
    private const double Shrinkage = 2;

    private readonly List<(uint Item, LinkRow Row)> _dirty = [];
    private readonly SourceLink[] _best = new SourceLink[LinkRow.PublishedCountMax];
    private LinkRow?[] _rows = [];
    private bool _hasChanged;

    /// <summary>The row of an item; null when nothing was learned of it.</summary>
    public LinkRow? Find(uint item)
    {
        LinkRow?[] rows = Volatile.Read(ref _rows);
        return item < rows.Length ? Volatile.Read(ref rows[item]) : null;
    }

    public void Add(uint from, uint to, float weight, long timeMs)
    {
        if (from >= _rows.Length)
        {
            LinkRow?[] longer = new LinkRow?[Math.Max((int)from + 1, _rows.Length * 2)];
            _rows.CopyTo(longer, 0);
            Volatile.Write(ref _rows, longer);
        }

        if (_rows[from] is not { } row)
        {
            row = new LinkRow();
            Volatile.Write(ref _rows[from], row);
        }

        row.Add(to, weight, clock.At(timeMs), budget);
        _hasChanged = true;

        // A row that has changed by less than a sixteenth since it was shown waits for more.
        if (!row.IsDirty && row.ChangeCount - row.PublishedChangeCount > row.PublishedChangeCount / 16)
        {
            row.IsDirty = true;
            _dirty.Add((from, row));
        }
    }

    /// <summary>Shows what was learned: the rows that have changed enough, or all that have changed.</summary>
    public void Publish(bool all)
    {
        foreach ((uint item, LinkRow row) in _dirty)
        {
            row.Publish(_best.AsSpan(0, SelectBest(item, row)));
        }

        _dirty.Clear();
        if (!all || !_hasChanged)
        {
            return;
        }

        _hasChanged = false;
        for (uint item = 0; item < _rows.Length; item++)
        {
            if (_rows[item] is { } row && (counts is not null || row.ChangeCount != row.PublishedChangeCount))
            {
                row.Publish(_best.AsSpan(0, SelectBest(item, row)));
            }
        }
    }

    private int SelectBest(uint from, LinkRow row)
    {
        double fromCount = counts?.At(from, row.Epoch) ?? 0;
        int count = 0;
        for (int slot = 0; slot < row.Items.Length; slot++)
        {
            double value = row.Weights[slot];
            if (counts is not null)
            {
                double toCount = counts.At(row.Items[slot], row.Epoch);
                value /= Math.Sqrt(fromCount * toCount) + (Shrinkage * row.Unit);
            }

            if (value > 0)
            {
                count = Insert(new SourceLink(row.Items[slot], (float)value), count);
            }
        }

        return count;
    }

    /// <summary>Into the best so far, strongest first; equal ones by item.</summary>
    private int Insert(SourceLink link, int count)
    {
        if (count == _best.Length)
        {
            if (!IsBefore(link, _best[count - 1]))
            {
                return count;
            }

            count--;
        }

        int place = count;
        for (; place > 0 && IsBefore(link, _best[place - 1]); place--)
        {
            _best[place] = _best[place - 1];
        }

        _best[place] = link;
        return count + 1;
    }

    private static bool IsBefore(SourceLink link, SourceLink other) =>
        link.Value > other.Value || (link.Value == other.Value && link.Item < other.Item);
}
