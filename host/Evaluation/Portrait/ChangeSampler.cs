using Ebb.Engine.Portrait;

namespace Ebb.Evaluation.Portrait;

/// <summary>
/// Cuts a log into moments. A user's time is divided into windows (begun at an offset of the user's own, so that
/// moments lie at every time of day); a window with enough events is one moment at its beginning: features from
/// the last events up to it, the label from the events in it. Nothing after the moment is seen by the
/// features, nothing before it by the window's side of the label. One thread at a time.
/// </summary>
internal sealed class ChangeSampler(PortraitOptions options)
{
    // 2^64/φ: spreads neighbouring users over the window (Fibonacci hashing).
    private const ulong Golden = 0x9E37_79B9_7F4A_7C15;

    private readonly FeatureMeter _meter = new();
    private readonly PastAct[] _last = new PastAct[options.Rule.RememberedEvents];
    private readonly Dictionary<uint, double> _before = [];
    private readonly Dictionary<uint, double> _after = [];

    /// <summary>The moments of one user, in time order.</summary>
    /// <param name="user">For the offset.</param>
    /// <param name="acts">Oldest first.</param>
    /// <param name="endMs">The log's end: a window that is not over by then is none.</param>
    public IEnumerable<ChangeMoment> Of(int user, PastAct[] acts, long endMs)
    {
        long windowMs = (long)options.Rule.Window.TotalMilliseconds;
        long offset = (long)((ulong)user * Golden % (ulong)windowMs);
        for (int first = 0; first < acts.Length;)
        {
            // Window k holds (offset + k·W, offset + (k + 1)·W].
            long index = FloorDiv(acts[first].TimeMs - offset - 1, windowMs);
            long atMs = offset + (index * windowMs);
            int end = first;
            while (end < acts.Length && acts[end].TimeMs <= atMs + windowMs)
            {
                end++;
            }

            if (first >= options.HistoryMin && atMs + windowMs <= endMs
                && Judge(acts, first, end, atMs) is { } changed)
            {
                yield return new ChangeMoment(user, atMs, FeaturesAt(acts, first, atMs), changed);
            }

            first = end;
        }
    }

    /// <summary>The features of the acts before a place, at a moment.</summary>
    public double[] FeaturesAt(PastAct[] acts, int end, long atMs)
    {
        int count = Math.Min(end, _last.Length);
        for (int index = 0; index < count; index++)
        {
            _last[index] = acts[end - 1 - index];
        }

        return _meter.Measure(_last.AsSpan(0, count), atMs, options.Rule).ToArray();
    }

    /// <summary>Null: too few events of some category on either side.</summary>
    private bool? Judge(PastAct[] acts, int first, int end, long atMs)
    {
        _before.Clear();
        _after.Clear();
        int counted = 0;
        for (int index = Math.Max(0, first - _last.Length); index < end; index++)
        {
            PastAct act = acts[index];
            if (act.Category == 0 || !(act.Weight > 0))
            {
                continue;
            }

            bool isAfter = index >= first;
            counted += isAfter ? 1 : 0;
            double decay = isAfter
                ? 1
                : Math.Pow(2, -(atMs - act.TimeMs) / options.Rule.HalfLife.TotalMilliseconds);
            Dictionary<uint, double> side = isAfter ? _after : _before;
            side[act.Category] = side.GetValueOrDefault(act.Category) + (act.Weight * decay);
        }

        if (counted < options.Label.EventsMin || _before.Count == 0)
        {
            return null;
        }

        return options.Label.DriftFrom is { } from ? Distance() >= from : TopOf(_before) != TopOf(_after);
    }

    private double Distance()
    {
        double dot = _before.Sum(pair => pair.Value * _after.GetValueOrDefault(pair.Key));
        double norms = Math.Sqrt(_before.Values.Sum(one => one * one) * _after.Values.Sum(one => one * one));
        return norms > 0 ? 1 - (dot / norms) : 1;
    }

    // Equal masses: the lower code.
    private static uint TopOf(Dictionary<uint, double> masses) =>
        masses.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).First().Key;

    private static long FloorDiv(long value, long by) => (value / by) - (value % by < 0 ? 1 : 0);
}
