using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Shop;

/// <summary>
/// The list that a stranger of a segment is served, in double: (n_s(i) + κ·π(i)) over all events before the moment,
/// both demands decayed by one half-life, κ in events of the moment. No segment: the population's list.
/// </summary>
internal sealed class SegmentPriors
{
    private readonly (long TimeMs, int Item, int Segment)[] _rows;
    private readonly int[] _segmentOf;
    private readonly int _itemCount;
    private readonly int _segmentCount;

    public SegmentPriors(EvaluationSplit split, string?[] segments)
    {
        string[] names = [.. segments.OfType<string>().Distinct()];
        _segmentOf = [.. segments.Select(name => name is null ? -1 : Array.IndexOf(names, name))];
        _segmentCount = names.Length;
        _itemCount = split.Catalogue.Count;
        _rows =
        [
            .. split.Rows.Select(row => (row.TimeMs, split.Catalogue.IndexOf(row.Item), _segmentOf[row.User]))
                .Where(row => row.Item2 >= 0).OrderBy(row => row.TimeMs),
        ];
    }

    /// <param name="firsts">In the order of time.</param>
    /// <param name="list">K, and the half-life in ms.</param>
    /// <param name="prior">κ.</param>
    /// <param name="cancel">Stops it.</param>
    /// <returns>Recall of each list.</returns>
    public double[] Recalls(
        (int User, long TimeMs, int[] Truth)[] firsts, (int Length, double HalfLifeMs) list, double prior,
        CancellationToken cancel)
    {
        double[] recalls = new double[firsts.Length];
        double[] all = new double[_itemCount];
        double[][] own = [.. Enumerable.Range(0, _segmentCount).Select(_ => new double[_itemCount])];
        double total = 0;
        int entered = 0;
        double sinceMs = _rows[0].TimeMs;
        for (int index = 0; index < firsts.Length; index++)
        {
            cancel.ThrowIfCancellationRequested();
            (int user, long momentMs, int[] truth) = firsts[index];
            for (; entered < _rows.Length && _rows[entered].TimeMs < momentMs; entered++)
            {
                (long timeMs, int item, int segment) = _rows[entered];
                double weight = Math.Pow(2, (timeMs - sinceMs) / list.HalfLifeMs);
                all[item] += weight;
                total += weight;
                if (segment >= 0)
                {
                    own[segment][item] += weight;
                }
            }

            double share = prior * Math.Pow(2, (momentMs - sinceMs) / list.HalfLifeMs) / Math.Max(total, 1e-300);
            double[]? demand = _segmentOf[user] < 0 ? null : own[_segmentOf[user]];
            int[] top =
            [
                .. Enumerable.Range(0, _itemCount)
                    .OrderByDescending(item => (demand is null ? 0 : demand[item]) + (share * all[item]))
                    .Take(list.Length),
            ];
            recalls[index] = truth.Count(item => item >= 0 && top.Contains(item))
                / (double)Math.Min(list.Length, truth.Length);
        }

        return recalls;
    }
}
