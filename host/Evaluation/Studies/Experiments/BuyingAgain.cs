using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;
using Ebb.Evaluation.Studies.Shop;

namespace Ebb.Evaluation.Studies.Experiments;

/// <summary>
/// Real users and days, where buying again begins or ends at a moment: on one side of it what a user has done before is
/// the next item of its category that they have not. For every visit the hits of twenty items under each weight of the
/// user's own repeats beside the vector's 1, both standardised over the catalogue as the engine blends them, in double.
/// Immutable.
/// </summary>
internal sealed class BuyingAgain
{
    /// <summary>Of the repeats; each is twice the one before.</summary>
    public static readonly double[] Weights = [0.0625, 0.125, 0.25, 0.5, 1, 2, 4];

    private const double HalfLifeMs = 64 * 86_400_000.0;

    private readonly ReplayData _data;
    private readonly float[][] _vectors;
    private readonly int[][] _groups;
    private readonly (int Group, int Rank)[] _placeOf;
    private readonly ReplayedDays _days;
    private readonly bool _begins;

    /// <param name="data">What happened.</param>
    /// <param name="options">For the categories.</param>
    /// <param name="momentShare">Of the acts, before the moment.</param>
    /// <param name="begins">Nothing is done again before the moment; else after it.</param>
    /// <param name="cancel">Between users.</param>
    public BuyingAgain(
        ReplayData data, EvaluationOptions options, double momentShare, bool begins, CancellationToken cancel)
    {
        _data = data;
        _begins = begins;
        _vectors = GraphStudy.GivenVectors(data);
        _groups = TasteGroups.Of(data, options);
        _placeOf = TasteGroups.Places(_groups, data.Log.Items.Count);
        _days = new ReplayedDays(data, momentShare);
        Visits = _days.Visits(Visit, cancel);
    }

    /// <summary>By day, those of a day by user.</summary>
    public ReplayedVisit[] Visits { get; }

    public int ChangeDay => _days.ChangeDay;

    private IEnumerable<ReplayedVisit> Visit(BehaviourRow[] rows)
    {
        double[] interest = new double[_vectors[0].Length];
        double[] counts = new double[_vectors.Length];
        var done = new HashSet<int>();
        long lastMs = -1;
        foreach (var basket in rows.GroupBy(row => (row.Basket, row.TimeMs)))
        {
            int day = _days.DayOf(basket.Key.TimeMs);
            int[] items = Items([.. basket.Select(row => row.Item)], done, day < ChangeDay == _begins);
            if (lastMs >= 0)
            {
                double share = Math.Pow(2, -(basket.Key.TimeMs - lastMs) / HalfLifeMs);
                for (int d = 0; d < interest.Length; d++)
                {
                    interest[d] *= share;
                }

                yield return new ReplayedVisit(rows[0].User, day, Hits(interest, counts, [.. items]));
            }

            foreach (int item in items)
            {
                PlainInterest.Add(interest, _vectors[item], 1);
                counts[item]++;
            }

            lastMs = items.Length > 0 || lastMs >= 0 ? basket.Key.TimeMs : -1;
        }
    }

    /// <summary>Catalogue indices of what is done, none twice; what has no vector is left out.</summary>
    private int[] Items(int[] basket, HashSet<int> done, bool isNewAlone)
    {
        var items = new HashSet<int>();
        foreach (int own in basket)
        {
            int item = own;
            (int group, int rank) = _placeOf[own];
            int[] others = group < 0 ? [] : _groups[group];
            for (int step = 1; isNewAlone && done.Contains(item) && step < others.Length; step++)
            {
                item = others[(rank + step) % others.Length];
            }

            if (_data.Split.Catalogue.IndexOf(item) is >= 0 and int index)
            {
                items.Add(index);
            }

            done.Add(item);
        }

        return [.. items];
    }

    private int[] Hits(double[] interest, double[] counts, HashSet<int> truth)
    {
        double[] dots = Standard([.. _vectors.Select(vector => PlainInterest.Dot(interest, vector))]);
        double[] repeats = Standard(counts);
        return Array.ConvertAll(Weights, weight =>
        {
            var best = new PriorityQueue<int, (double Score, int Worse)>();
            for (int item = 0; item < dots.Length; item++)
            {
                (double, int) priority = (dots[item] + (weight * repeats[item]), -item);
                if (best.Count < ReplayedDays.ListLength)
                {
                    best.Enqueue(item, priority);
                }
                else
                {
                    best.EnqueueDequeue(item, priority);
                }
            }

            return best.UnorderedItems.Count(entry => truth.Contains(entry.Element));
        });
    }

    // Of mean 0 and spread 1; a source that says the same of all says nothing.
    private static double[] Standard(double[] values)
    {
        double mean = values.Average();
        double spread = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        return spread > 0 ? Array.ConvertAll(values, value => (value - mean) / spread) : new double[values.Length];
    }
}
