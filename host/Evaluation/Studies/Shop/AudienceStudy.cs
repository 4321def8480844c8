using System.Globalization;
using Ebb.Engine.Graph;
using Ebb.Engine.Interest;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Shop;

/// <summary>
/// AUDIENCE of items that nobody had bought in the training part, by vectors from the graph, scored against who bought
/// them: at the moment of an item's first purchase all users so far are ranked by the dot product of their interest and
/// the item, and by how much they buy at all.
/// </summary>
internal static class AudienceStudy
{
    private const int ListLength = 100;
    private const int BuyersMin = 3;

    public static StudyReport Run(StudyOptions options, Action<ReplayProgress>? progress, CancellationToken cancel)
    {
        ReplayData data = ReplayData.Load(options.Data, progress);
        EvaluationSplit split = data.Split;
        double halfLifeMs = MemorySchema.HalfLifeMs(options.Model.HalfLife);
        float[][] given = GraphStudy.GivenVectors(data);
        var graphOptions = new GraphOptions
        {
            Weights = new Dictionary<string, double> { [RetailGraph.Together] = 1, [RetailGraph.Word] = 1 },
        };
        VectorGraph graph = RetailGraph.Build(data.Log, split, given, graphOptions);
        float[][] vectors = GraphStudy.ColdAlone(
            split, given, RetailGraph.Vectors(split, graph, given[0].Length));
        var fit = new Scores();
        var busy = new Scores();
        int items = 0;
        foreach (int item in Enumerable.Range(0, split.Catalogue.Count))
        {
            cancel.ThrowIfCancellationRequested();
            if (split.Catalogue.TrainingCounts[item] == 0 && vectors[item].Any(x => x != 0)
                && Score(split, vectors, item, halfLifeMs, (fit, busy)))
            {
                items++;
            }
        }

        return new StudyReport(
            "Audience of new items", ["users ranked by", "AUC", "Recall@100"],
            [["AUDIENCE: interest · item", .. fit.Cells()], ["how much they buy (same half-life)", .. busy.Cells()]],
            [
                $"{items:N0} items without a training event, a vector from the graph and at least {BuyersMin} buyers"
                    + " with a history; mean over items ± standard error; plain sums in double.",
                fit.PairedNote(busy),
            ]);
    }

    private static bool Score(
        EvaluationSplit split, float[][] vectors, int item, double halfLifeMs, (Scores Fit, Scores Busy) scores)
    {
        int[] bought = [.. Enumerable.Range(0, split.Rows.Length)
            .Where(row => split.Catalogue.IndexOf(split.Rows[row].Item) == item)];
        if (bought.Length == 0)
        {
            return false;
        }

        long momentMs = bought.Min(row => split.Rows[row].TimeMs);
        HashSet<int> buyers = [.. bought.Select(row => split.Rows[row].User)];
        var interests = new Dictionary<int, double[]>();
        var masses = new Dictionary<int, double>();
        foreach (BehaviourRow act in split.Rows)
        {
            int other = act.TimeMs < momentMs ? split.Catalogue.IndexOf(act.Item) : -1;
            if (other < 0)
            {
                continue;
            }

            double weight = Math.Pow(2, -(momentMs - act.TimeMs) / halfLifeMs);
            if (!interests.TryGetValue(act.User, out double[]? interest))
            {
                interests.Add(act.User, interest = new double[vectors[0].Length]);
            }

            PlainInterest.Add(interest, vectors[other], weight);
            masses[act.User] = masses.GetValueOrDefault(act.User) + weight;
        }

        buyers.IntersectWith(interests.Keys);
        if (buyers.Count < BuyersMin)
        {
            return false;
        }

        scores.Fit.Add([.. interests.Select(user => (PlainInterest.Dot(user.Value, vectors[item]), user.Key))], buyers);
        scores.Busy.Add([.. masses.Select(user => (user.Value, user.Key))], buyers);
        return true;
    }

    /// <summary>AUC and recall an item.</summary>
    private sealed class Scores
    {
        private readonly List<double> _areas = [];
        private readonly List<double> _recalls = [];

        public void Add((double Score, int User)[] users, HashSet<int> buyers)
        {
            int[] ranked = [.. users.OrderByDescending(user => user.Score).ThenBy(user => user.User)
                .Select(user => user.User)];
            double below = 0;
            for (int place = 0, seen = 0; place < ranked.Length; place++)
            {
                if (buyers.Contains(ranked[place]))
                {
                    below += ranked.Length - place - (buyers.Count - seen);
                    seen++;
                }
            }

            _areas.Add(below / ((double)buyers.Count * (ranked.Length - buyers.Count)));
            _recalls.Add(ranked.Take(ListLength).Count(buyers.Contains) / (double)Math.Min(ListLength, buyers.Count));
        }

        public string[] Cells() => _areas.Count == 0 ? ["none", "none"] : [Cell(_areas), Cell(_recalls)];

        public string PairedNote(Scores other) => _areas.Count == 0
            ? "no item qualifies."
            : $"paired difference: AUC {Cell([.. _areas.Zip(other._areas, (a, b) => a - b)])},"
                + $" Recall@100 {Cell([.. _recalls.Zip(other._recalls, (a, b) => a - b)])}.";

        private static string Cell(List<double> values)
        {
            double mean = values.Average();
            double error = Math.Sqrt(values.Average(x => (x - mean) * (x - mean)) / values.Count);
            return string.Create(CultureInfo.InvariantCulture, $"{mean:0.000} ± {error:0.000}");
        }
    }
}
