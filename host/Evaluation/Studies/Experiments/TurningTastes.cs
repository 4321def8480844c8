using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;
using Ebb.Evaluation.Studies.Shop;

namespace Ebb.Evaluation.Studies.Experiments;

/// <summary>
/// Real users and days, whose tastes turn at a moment, once or again and again: what a user does is from then on in
/// another category (the user's own next one), items by their rank of popularity; times, users and how much is done
/// stay. For every visit the hits of twenty items under each half-life, as plain sums in double of what the engine
/// serves. Immutable.
/// </summary>
internal sealed class TurningTastes
{
    /// <summary>Days; each is twice the one before.</summary>
    public static readonly double[] HalfLives = [0.5, 1, 2, 4, 8, 16, 32, 64, 128];

    private const double DayMs = 86_400_000;

    private readonly ReplayData _data;
    private readonly float[][] _vectors;
    private readonly int[][] _groups;
    private readonly (int Group, int Rank)[] _placeOf;
    private readonly ReplayedDays _days;
    private readonly int _turnDays;

    /// <param name="data">What happened.</param>
    /// <param name="options">For the categories.</param>
    /// <param name="momentShare">Of the acts, before the moment.</param>
    /// <param name="turnDays">Tastes turn again after so many days; 0: once.</param>
    /// <param name="cancel">Between users.</param>
    public TurningTastes(
        ReplayData data, EvaluationOptions options, double momentShare, int turnDays, CancellationToken cancel)
    {
        _data = data;
        _turnDays = turnDays;
        _vectors = GraphStudy.GivenVectors(data);
        _groups = TasteGroups.Of(data, options);
        _placeOf = TasteGroups.Places(_groups, data.Log.Items.Count);
        _days = new ReplayedDays(data, momentShare);
        Visits = _days.Visits(Visit, cancel);
    }

    /// <summary>By day, those of a day by user.</summary>
    public ReplayedVisit[] Visits { get; }

    public int ChangeDay => _days.ChangeDay;

    /// <summary>How often a taste has turned by a day.</summary>
    public static int Turns(int day, int changeDay, int turnDays) => day < changeDay
        ? 0
        : turnDays == 0 ? 1 : 1 + ((day - changeDay) / turnDays);

    private IEnumerable<ReplayedVisit> Visit(BehaviourRow[] rows)
    {
        double[][] interests = [.. HalfLives.Select(_ => new double[_vectors[0].Length])];
        long lastMs = -1;
        foreach (var basket in rows.GroupBy(row => (row.Basket, row.TimeMs)))
        {
            int day = _days.DayOf(basket.Key.TimeMs);
            int[] items = [.. basket.Select(row => Turned(row, day)).Where(item => item >= 0)];
            if (lastMs >= 0)
            {
                Fade(interests, basket.Key.TimeMs - lastMs);
                HashSet<int> truth = [.. items];
                yield return new ReplayedVisit(
                    rows[0].User, day,
                    Array.ConvertAll(interests, interest =>
                        PlainInterest.Top(interest, _vectors, ReplayedDays.ListLength).Count(truth.Contains)));
            }

            foreach (int item in items)
            {
                Array.ForEach(interests, interest => PlainInterest.Add(interest, _vectors[item], 1));
            }

            lastMs = items.Length > 0 || lastMs >= 0 ? basket.Key.TimeMs : -1;
        }
    }

    private static void Fade(double[][] interests, long elapsedMs)
    {
        for (int at = 0; at < interests.Length; at++)
        {
            double share = Math.Pow(2, -elapsedMs / (HalfLives[at] * DayMs));
            for (int d = 0; d < interests[at].Length; d++)
            {
                interests[at][d] *= share;
            }
        }
    }

    /// <summary>The catalogue index of what is done in the row's place; −1: of an item without a vector.</summary>
    private int Turned(BehaviourRow row, int day)
    {
        (int group, int rank) = _placeOf[row.Item];
        int turns = Turns(day, ChangeDay, _turnDays);
        int item = row.Item;
        if (group >= 0 && turns > 0)
        {
            // The larger half of the categories alone: a taste for what hardly exists is none.
            int count = Math.Max(2, _groups.Length / 2);
            int[] target = _groups[(group + (turns * (1 + (row.User % (count - 1))))) % count];
            item = target[rank % target.Length];
        }

        return _data.Split.Catalogue.IndexOf(item);
    }
}
