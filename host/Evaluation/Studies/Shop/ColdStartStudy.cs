using System.Globalization;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Shop;

/// <summary>
/// The first list of users of whom nothing is known, in the test part: the decayed favourites that a stranger is
/// served, for half-lives, beside counts over a window. All events before the moment count, as they do live.
/// </summary>
internal static class ColdStartStudy
{
    private const int ListLength = 20;
    private const double DayMs = 86_400_000;

    /// <summary>κ: what the population's favourites count beside a segment's own demand, in events of now.</summary>
    private static readonly double[] Priors = [10, 50, 200, 1000];

    private static readonly (string Name, double HalfLifeMs, double WindowMs)[] Tried =
    [
        ("favourites, half-life 1 d", DayMs, double.PositiveInfinity),
        ("favourites, half-life 3 d", 3 * DayMs, double.PositiveInfinity),
        ("favourites, half-life 7 d (default)", 7 * DayMs, double.PositiveInfinity),
        ("favourites, half-life 30 d", 30 * DayMs, double.PositiveInfinity),
        ("counts of the last 7 d", double.PositiveInfinity, 7 * DayMs),
        ("counts of all time", double.PositiveInfinity, double.PositiveInfinity),
    ];

    public static async Task<StudyReport> RunAsync(
        StudyOptions options, Action<ReplayProgress>? progress, CancellationToken cancel)
    {
        ReplayData data = ReplayData.Load(options.Data, progress);
        (int User, long TimeMs, int[] Truth)[] firsts = [.. Firsts(data.Split).OrderBy(first => first.TimeMs)];
        if (firsts.Length == 0)
        {
            throw DataFileException.In(
                options.Data.DataPath, "no user's first act lies in the test part; choose another --split.");
        }

        (long TimeMs, int Item)[] rows =
        [
            .. data.Split.Rows.Select(row => (row.TimeMs, Item: data.Split.Catalogue.IndexOf(row.Item)))
                .Where(row => row.Item >= 0).OrderBy(row => row.TimeMs),
        ];
        double[][] recalls =
        [
            .. Tried.Select(tried => Recalls(
                rows, firsts, data.Split.Catalogue.Count, (tried.HalfLifeMs, tried.WindowMs), cancel)),
        ];
        double[] window = recalls[4];
        List<string[]> table =
            [.. Tried.Select((tried, at) => new[] { tried.Name, Cell(recalls[at]), Paired(recalls[at], window), "" })];
        string?[]? segments = UserSegments.Of(data.Log, options.Data.DataPath, out string source);
        if (segments is not null)
        {
            SegmentPriors priors = new(data.Split, segments);
            foreach (double prior in Priors)
            {
                double[] own = priors.Recalls(firsts, (ListLength, 7 * DayMs), prior, cancel);
                string name = $"segment ({source}), prior of {prior:0}";
                table.Add([name, Cell(own), Paired(own, window), Paired(own, recalls[2])]);
            }
        }

        return new StudyReport(
            "First lists of new users",
            ["list", "Recall@20", "paired with 7 d of counts", "paired with favourites of 7 d"],
            table,
            [
                $"{firsts.Length:N0} users whose first act lies in the test part; ± standard error; sums in double.",
                await FirstRequest.MeasureAsync(data, cancel).ConfigureAwait(false),
            ]);
    }

    private static IEnumerable<(int User, long TimeMs, int[] Truth)> Firsts(EvaluationSplit split)
    {
        for (int row = 0; row < split.Rows.Length; row++)
        {
            if ((row == 0 || split.Rows[row - 1].User != split.Rows[row].User) && !split.Training[row])
            {
                BehaviourRow first = split.Rows[row];
                yield return (
                    first.User,
                    first.TimeMs,
                    [
                        .. split.Rows.Skip(row)
                            .TakeWhile(other => other.User == first.User && other.Basket == first.Basket
                                && (first.Basket >= 0 || other.Equals(first)))
                            .Select(other => split.Catalogue.IndexOf(other.Item)).Distinct(),
                    ]);
            }
        }
    }

    private static double[] Recalls(
        (long TimeMs, int Item)[] rows, (int User, long TimeMs, int[] Truth)[] firsts, int itemCount,
        (double HalfLifeMs, double WindowMs) decay, CancellationToken cancel)
    {
        double[] recalls = new double[firsts.Length];
        double[] demand = new double[itemCount];
        int entered = 0;
        int left = 0;
        double sinceMs = rows[0].TimeMs;
        for (int index = 0; index < firsts.Length; index++)
        {
            cancel.ThrowIfCancellationRequested();
            (int _, long momentMs, int[] truth) = firsts[index];

            // As of a fixed moment: a common factor does not change the order. Doubles hold 400 days at a half-life
            // of a day.
            for (; entered < rows.Length && rows[entered].TimeMs < momentMs; entered++)
            {
                demand[rows[entered].Item] += Math.Pow(2, (rows[entered].TimeMs - sinceMs) / decay.HalfLifeMs);
            }

            for (; left < entered && rows[left].TimeMs < momentMs - decay.WindowMs; left++)
            {
                demand[rows[left].Item] -= Math.Pow(2, (rows[left].TimeMs - sinceMs) / decay.HalfLifeMs);
            }

            int[] top = [.. Enumerable.Range(0, itemCount).OrderByDescending(item => demand[item]).Take(ListLength)];
            recalls[index] = truth.Count(item => item >= 0 && top.Contains(item))
                / (double)Math.Min(ListLength, truth.Length);
        }

        return recalls;
    }

    private static string Paired(double[] recalls, double[] window) =>
        Cell([.. recalls.Zip(window, (left, right) => left - right)]);

    private static string Cell(double[] values)
    {
        double mean = values.Average();
        double error = Math.Sqrt(values.Average(x => (x - mean) * (x - mean)) / values.Length);
        return string.Create(CultureInfo.InvariantCulture, $"{mean:0.0000} ± {error:0.0000}");
    }
}
