namespace Ebb.Engine.Sources;

/// <summary>
/// Recent popularity: a decayed count of positive events per item. Its value as a source is log2(1 + count) of the most
/// popular, as of the last event; an immutable snapshot that is swapped whole. One learner writes.
/// </summary>
internal sealed class PopularityTable(double halfLifeMs)
{
    /// <summary>P: items that have a value; the source is sparse by definition.</summary>
    public const int ItemCountMax = 512;

    private readonly DecayClock _clock = new(halfLifeMs);
    private readonly PriorityQueue<uint, (double Count, long NegativeItem)> _best = new();
    private ItemCounts? _counts;
    private SourceLink[] _top = [];
    private long _newestMs = long.MinValue;
    private int _changeCount;

    /// <summary>Most popular first. Any thread.</summary>
    public SourceLink[] Top => Volatile.Read(ref _top);

    public void Add(uint item, float weight, long timeMs)
    {
        _counts ??= new ItemCounts(_clock);
        _counts.Add(item, weight, timeMs);
        _newestMs = Math.Max(_newestMs, timeMs);
        _changeCount++;
    }

    /// <summary>Not all: selecting looks at every item, so it waits for events in proportion.</summary>
    public void Publish(bool all)
    {
        if (_counts is { } counts && _changeCount > 0 && (all || _changeCount > counts.Length / 16))
        {
            _changeCount = 0;
            Volatile.Write(ref _top, Select(counts));
        }
    }

    private SourceLink[] Select(ItemCounts counts)
    {
        DecayMoment now = _clock.At(_newestMs);
        double unit = now.Unit(now.Epoch);
        for (uint item = 0; item < counts.Length; item++)
        {
            double count = counts.At(item, now.Epoch) / unit;
            if (count > 0 && _best.Count < ItemCountMax)
            {
                _best.Enqueue(item, (count, -(long)item));
            }
            else if (count > 0 && _best.TryPeek(out _, out (double Count, long) least) && count > least.Count)
            {
                _best.EnqueueDequeue(item, (count, -(long)item));
            }
        }

        var top = new SourceLink[_best.Count];
        for (int place = top.Length - 1; place >= 0; place--)
        {
            _best.TryDequeue(out uint item, out (double Count, long NegativeItem) key);
            top[place] = new SourceLink(item, (float)Math.Log2(1 + key.Count));
        }

        return top;
    }
}
