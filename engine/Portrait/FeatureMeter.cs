using Ebb.Engine.Interest.Lifecycle;

namespace Ebb.Engine.Portrait;

/// <summary>
/// Measures the features of one user's last events. Every feature is defined for every user: one without the events it
/// speaks of has 0. Scratch is reused; one thread at a time.
/// </summary>
public sealed class FeatureMeter
{
    private const double DayMs = 86_400_000;
    private const long HourMs = 3_600_000;
    private const int NewestCount = 5;
    private const int MondayShift = 3;

    private readonly double[] _values = new double[BehaviourFeatures.Count];
    private readonly List<Category> _categories = [];
    private readonly HashSet<uint> _items = [];

    /// <param name="acts">The last events, newest first, in the order in which they were counted.</param>
    /// <param name="nowMs">The moment; an event after it is taken for its moment's.</param>
    /// <param name="rule">Half-life and window.</param>
    /// <returns>By place in <see cref="BehaviourFeatures"/>; valid until the next call.</returns>
    public ReadOnlySpan<double> Measure(ReadOnlySpan<PastAct> acts, long nowMs, FeatureRule rule)
    {
        _values.AsSpan().Clear();
        _categories.Clear();
        if (acts.IsEmpty)
        {
            return _values;
        }

        double halfLifeMs = rule.HalfLife.TotalMilliseconds;
        MeasureTimes(acts, nowMs, rule);
        MeasureItems(acts);
        CountCategories(acts, (nowMs, halfLifeMs));
        MeasureCategories(acts, nowMs, halfLifeMs);
        return _values;
    }

    private void MeasureTimes(ReadOnlySpan<PastAct> acts, long nowMs, FeatureRule rule)
    {
        double halfLifeMs = rule.HalfLife.TotalMilliseconds;
        double windowMs = rule.Window.TotalMilliseconds;
        double count = 0;
        double weights = 0;
        foreach (ref readonly PastAct act in acts)
        {
            double ageMs = Math.Max(0, nowMs - act.TimeMs);
            double decay = Math.Pow(2, -ageMs / halfLifeMs);
            count += decay;
            weights += act.Weight;
            _values[BehaviourFeatures.Mass] += Math.Max(0, act.Weight) * decay;
            _values[BehaviourFeatures.EventsInWindow] += ageMs <= windowMs ? 1 : 0;
        }

        long lastMs = acts[0].TimeMs;
        long hours = Math.DivRem(lastMs, HourMs).Quotient - (lastMs % HourMs < 0 ? 1 : 0);
        _values[BehaviourFeatures.RecencyDays] = Math.Max(0, nowMs - lastMs) / DayMs;
        _values[BehaviourFeatures.EventsPerDay] = count * Math.Log(2) / (halfLifeMs / DayMs);
        _values[BehaviourFeatures.WeightMean] = weights / acts.Length;
        _values[BehaviourFeatures.Hour] = ((hours % 24) + 24) % 24;

        // The epoch was a Thursday.
        double days = Math.Floor(hours / 24.0);
        _values[BehaviourFeatures.Weekday] = (((days + MondayShift) % 7) + 7) % 7;
        _values[BehaviourFeatures.Burstiness] = BurstinessOf(acts);
    }

    /// <summary>(σ − μ)/(σ + μ) of the gaps (Goh and Barabási 2008).</summary>
    private static double BurstinessOf(ReadOnlySpan<PastAct> acts)
    {
        double sum = 0;
        double squares = 0;
        int gaps = acts.Length - 1;
        for (int index = 0; index < gaps; index++)
        {
            double gap = Math.Max(0, acts[index].TimeMs - acts[index + 1].TimeMs);
            sum += gap;
            squares += gap * gap;
        }

        if (gaps < 2 || sum == 0)
        {
            return 0;
        }

        double mean = sum / gaps;
        double deviation = Math.Sqrt(Math.Max(0, (squares / gaps) - (mean * mean)));
        return (deviation - mean) / (deviation + mean);
    }

    private void MeasureItems(ReadOnlySpan<PastAct> acts)
    {
        _items.Clear();
        foreach (ref readonly PastAct act in acts)
        {
            _items.Add(act.Item);
        }

        _values[BehaviourFeatures.RepeatShare] = (double)(acts.Length - _items.Count) / acts.Length;
    }

    /// <summary>Oldest first, as intensities are told in log order. Without a category or weight: none.</summary>
    private void CountCategories(ReadOnlySpan<PastAct> acts, (long NowMs, double HalfLifeMs) at)
    {
        int newer = acts.Length / 2;
        for (int index = acts.Length - 1; index >= 0; index--)
        {
            ref readonly PastAct act = ref acts[index];
            if (act.Category == 0 || !(act.Weight > 0))
            {
                continue;
            }

            int place = PlaceOf(act.Category);
            Category category = place < 0 ? new Category { Code = act.Category } : _categories[place];
            double decay = Math.Pow(2, -Math.Max(0, at.NowMs - act.TimeMs) / at.HalfLifeMs);
            category.Mass += act.Weight * decay;
            category.Newer += index < newer ? act.Weight : 0;
            category.Older += index < newer ? 0 : act.Weight;
            category.Track.Add(act.Weight, act.TimeMs, at.HalfLifeMs);
            if (place < 0)
            {
                _categories.Add(category);
            }
            else
            {
                _categories[place] = category;
            }
        }
    }

    private void MeasureCategories(ReadOnlySpan<PastAct> acts, long nowMs, double halfLifeMs)
    {
        double total = 0;
        double newerSquare = 0;
        double olderSquare = 0;
        double dot = 0;
        foreach (Category one in _categories)
        {
            total += one.Mass;
            newerSquare += one.Newer * one.Newer;
            olderSquare += one.Older * one.Older;
            dot += one.Newer * one.Older;
        }

        if (!(total > 0))
        {
            return;
        }

        var phases = new PhaseRule { HalfLife = TimeSpan.FromMilliseconds(halfLifeMs) };
        double entropy = 0;
        foreach (Category one in _categories)
        {
            double share = one.Mass / total;
            entropy -= share > 0 ? share * Math.Log(share) : 0;
            int feature = one.Track.PhaseAt(nowMs, phases) is InterestPhase.Rising
                ? BehaviourFeatures.RisingShare
                : BehaviourFeatures.FadingShare;
            bool isPeak = one.Track.PhaseAt(nowMs, phases) == InterestPhase.Peak;
            _values[feature] += isPeak ? 0 : share;
            if (share > _values[BehaviourFeatures.TopShare])
            {
                _values[BehaviourFeatures.SecondShare] = _values[BehaviourFeatures.TopShare];
                _values[BehaviourFeatures.TopShare] = share;
            }
            else
            {
                _values[BehaviourFeatures.SecondShare] = Math.Max(_values[BehaviourFeatures.SecondShare], share);
            }
        }

        _values[BehaviourFeatures.Categories] = Math.Exp(entropy);
        double norms = Math.Sqrt(newerSquare * olderSquare);
        _values[BehaviourFeatures.Drift] = norms > 0 ? Math.Max(0, 1 - (dot / norms)) : 0;
        _values[BehaviourFeatures.OffTopRecently] = OffTop(acts, TopOf(_categories));
    }

    /// <summary>Of the newest acts of some category, the share that lies in another than the top one.</summary>
    private static double OffTop(ReadOnlySpan<PastAct> acts, uint top)
    {
        int counted = 0;
        int off = 0;
        for (int index = 0; index < acts.Length && counted < NewestCount; index++)
        {
            if (acts[index].Category != 0 && acts[index].Weight > 0)
            {
                counted++;
                off += acts[index].Category == top ? 0 : 1;
            }
        }

        return counted == 0 ? 0 : (double)off / counted;
    }

    private int PlaceOf(uint code)
    {
        for (int place = 0; place < _categories.Count; place++)
        {
            if (_categories[place].Code == code)
            {
                return place;
            }
        }

        return -1;
    }

    // Of equal masses the category that came first.
    private static uint TopOf(List<Category> categories)
    {
        Category best = categories[0];
        foreach (Category one in categories)
        {
            best = one.Mass > best.Mass ? one : best;
        }

        return best.Code;
    }

    private struct Category
    {
        public uint Code;
        public double Mass;
        public double Newer;
        public double Older;
        public IntensityTrack Track;
    }
}
