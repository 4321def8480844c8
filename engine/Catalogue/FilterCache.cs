using Ebb.Kernels.Memory;

namespace Ebb.Engine.Catalogue;

/// <summary>
/// Bitmaps of what each filter leaves out, always of the present generation: a published change updates them row by row
/// while the gate is closed, or drops them when it is large. Get from any thread that holds a lease.
/// </summary>
internal sealed class FilterCache(ItemTable table, int countMax)
{
    /// <summary>Row updates (rows × filters) past which building again on demand is cheaper.</summary>
    private const long UpdateCountMax = 1 << 16;

    private readonly Lock _lock = new();
    private readonly Dictionary<ItemFilter, Entry> _entries = new(FilterComparer.Instance);

    private long _useCount;

    public int Count => _entries.Count;

    public ItemBitmap Get(ItemFilter filter)
    {
        if (filter.Allow.Count == 0 && filter.Deny.Count == 0 && filter.Price is null
            && !table.Rules.Bans(filter.Segment))
        {
            return filter.IncludeOutOfStock ? table.Dead : table.Plain;
        }

        Entry? entry;
        lock (_lock)
        {
            if (!_entries.TryGetValue(filter, out entry))
            {
                entry = Add(filter);
            }

            entry.LastUse = ++_useCount;
        }

        // Built outside the lock: another filter's query need not wait for this one's pass.
        return entry.Bitmap.Value;
    }

    /// <summary>Exclusive. Brings every bitmap to the state of the table after a change.</summary>
    public void Update(StagedChange change)
    {
        lock (_lock)
        {
            long rowCount = change.Direct.RowCount + change.Aside.Count + change.Patches.Count;
            if (change.Rules.Count > 0 || rowCount * _entries.Count > UpdateCountMax)
            {
                _entries.Clear();
                return;
            }

            foreach ((ItemFilter filter, Entry entry) in _entries)
            {
                if (entry.Filter.HasUnknownValue || !entry.Bitmap.IsValueCreated)
                {
                    _entries.Remove(filter);
                    continue;
                }

                Update(entry, change);
            }
        }
    }

    private void Update(Entry entry, StagedChange change)
    {
        ItemBitmap bitmap = entry.Bitmap.Value;
        ItemTable.EnsureRows(bitmap, table.Plain.Words.Length * 64);
        foreach (RowRun run in change.Direct.Runs)
        {
            for (int row = run.Start; row < run.End; row++)
            {
                bitmap[row] = IsExcluded(entry.Filter, row);
            }
        }

        foreach (int row in change.Aside.Keys.Concat(change.Patches.Keys))
        {
            bitmap[row] = IsExcluded(entry.Filter, row);
        }
    }

    private bool IsExcluded(CompiledFilter filter, int row) =>
        (filter.IncludeOutOfStock ? table.Dead : table.Plain)[row]
        || !filter.AcceptsRow(table, row);

    private Entry Add(ItemFilter filter)
    {
        if (_entries.Count >= countMax)
        {
            _entries.Remove(_entries.MinBy(pair => pair.Value.LastUse).Key);
        }

        // The caller may go on changing its lists; the key must not change with them.
        ItemFilter key = filter with { Allow = [.. filter.Allow], Deny = [.. filter.Deny] };
        var compiled = new CompiledFilter(key, table);
        var entry = new Entry(compiled, new Lazy<ItemBitmap>(() => Build(compiled)));
        _entries.Add(key, entry);
        return entry;
    }

    // One pass over the attribute column, a row of it being one 16-byte load: about as fast as walking postings for
    // all but the rarest values, and nothing to keep in step with every put.
    private ItemBitmap Build(CompiledFilter filter)
    {
        ItemBitmap bitmap = (filter.IncludeOutOfStock ? table.Dead : table.Plain).Clone();
        Span<ulong> words = bitmap.MutableWords;
        for (int word = 0; word < words.Length; word++)
        {
            ulong candidates = ~words[word];
            while (candidates != 0)
            {
                int bit = System.Numerics.BitOperations.TrailingZeroCount(candidates);
                candidates &= candidates - 1;
                int row = (word << 6) + bit;
                if (!filter.AcceptsRow(table, row))
                {
                    words[word] |= 1UL << bit;
                }
            }
        }

        return bitmap;
    }

    private sealed class Entry(CompiledFilter filter, Lazy<ItemBitmap> bitmap)
    {
        public CompiledFilter Filter { get; } = filter;

        public Lazy<ItemBitmap> Bitmap { get; } = bitmap;

        public long LastUse { get; set; }
    }
}
