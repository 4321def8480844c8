using System.Globalization;
using Ebb.Engine.Graph;
using Ebb.Engine.Interest;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Shop;

/// <summary>
/// What vectors from a graph do for items without history: Recall@20 of the truth that has fewer than five training
/// events, and of the rest, with the vectors as given and with those that neighbours flow into. All weights tried stand
/// in the report; none was chosen by it.
/// </summary>
internal static class GraphStudy
{
    private const int ColdBelow = 5;
    private const int ListLength = 20;

    private static readonly (double Together, double Word, double Shrink)[] Tried =
        [(1, 0, 0), (1, 1, 0), (1, 1, 1), (1, 1, 2), (1, 1, 4), (1, 1, 8)];

    public static StudyReport Run(StudyOptions options, Action<ReplayProgress>? progress, CancellationToken cancel)
    {
        ReplayData data = ReplayData.Load(options.Data, progress);
        EvaluationSplit split = data.Split;
        double halfLifeMs = MemorySchema.HalfLifeMs(options.Model.HalfLife);
        float[][] given = GivenVectors(data);
        var plain = Slices.Of(split, given, halfLifeMs, cancel);
        var rows = new List<IReadOnlyList<string>> { Row("as given", plain, plain) };
        GraphCounts? counts = null;
        foreach ((double together, double word, double shrink) in Tried)
        {
            var weights = new Dictionary<string, double>
            {
                [RetailGraph.Together] = together,
                [RetailGraph.Word] = word,
            };
            VectorGraph graph = RetailGraph.Build(
                data.Log, split, given, new GraphOptions { Shrink = shrink, Weights = weights });
            counts ??= graph.Count();
            float[][] vectors = RetailGraph.Vectors(split, graph, given[0].Length);
            string name = string.Create(
                CultureInfo.InvariantCulture, $"together {together}, word {word}, shrink {shrink}");
            rows.Add(Row(name, Slices.Of(
                split, ColdAlone(split, given, vectors), halfLifeMs, cancel), plain));
            progress?.Invoke(new ReplayProgress("graph", rows.Count / (1.0 + Tried.Length)));
        }

        return new StudyReport(
            "Vectors from a graph",
            ["vectors", "cold Recall@20", "change", "other Recall@20", "change", "all", "change"], rows,
            [
                $"cold: truth of fewer than {ColdBelow} training events, in {plain.Cold.Length:N0} of"
                    + $" {split.Queries.Length:N0} queries; items with more keep their vectors; L = 2, epsilon 1; plain"
                    + " sums in double, one half-life; ± standard error of the paired change.",
                $"graph: {counts!.NodeCount:N0} nodes, {counts.EdgeCount:N0} edges, {counts.CycleCount:N0} of them"
                    + $" close a cycle, {counts.ItemsWithoutVector:N0} items without a vector, {counts.UnreachedCount:N0}"
                    + " nodes unreached.",
            ]);
    }

    /// <summary>By catalogue index.</summary>
    public static float[][] GivenVectors(ReplayData data)
    {
        Npy.ItemVectors vectors = data.Vectors
            ?? throw new DataFileException("the study needs item vectors: name them.");
        return [.. data.Split.Catalogue.VectorRows.Select(row => vectors.Row(row).ToArray())];
    }

    /// <summary>The graph's for items with too little history, the given for all others.</summary>
    public static float[][] ColdAlone(EvaluationSplit split, float[][] given, float[][] graph) =>
        [.. given.Select((own, item) => split.Catalogue.TrainingCounts[item] < ColdBelow ? graph[item] : own)];

    private static string[] Row(string name, Slices slices, Slices plain) =>
        [
            name, Cell(slices.Cold), Change(slices.Cold, plain.Cold),
            Cell(slices.Rest), Change(slices.Rest, plain.Rest),
            Cell(slices.All), Change(slices.All, plain.All),
        ];

    private static string Cell(double[] recalls) =>
        recalls.Average().ToString("0.0000", CultureInfo.InvariantCulture);

    /// <summary>Mean of the differences a query, ± its standard error, and relative to the mean as given.</summary>
    private static string Change(double[] recalls, double[] before)
    {
        double[] differences = [.. recalls.Zip(before, (now, then) => now - then)];
        double mean = differences.Average();
        double error = Math.Sqrt(differences.Average(x => (x - mean) * (x - mean)) / differences.Length);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{mean:+0.0000;-0.0000;0} ± {error:0.0000} ({mean / before.Average():+0 %;-0 %;0 %})");
    }

    /// <summary>Recall a query: of its cold truth where it has some, and of the rest.</summary>
    private sealed record Slices(double[] Cold, double[] Rest, double[] All)
    {
        public static Slices Of(EvaluationSplit split, float[][] vectors, double halfLifeMs, CancellationToken cancel)
        {
            var cold = new List<double>();
            var rest = new List<double>();
            var all = new List<double>();
            foreach (ReplayQuery query in split.Queries)
            {
                cancel.ThrowIfCancellationRequested();
                double[] interest = PlainInterest.Of(split, query, vectors, halfLifeMs);
                HashSet<int> top = [.. PlainInterest.Top(interest, vectors, ListLength)];
                Add(cold, [.. query.Truth.Where(item => item >= 0 && IsCold(split, item))], top);
                Add(rest, [.. query.Truth.Where(item => item >= 0 && !IsCold(split, item))], top);
                Add(all, [.. query.Truth.Where(item => item >= 0)], top);
            }

            return new Slices([.. cold], [.. rest], [.. all]);
        }

        private static bool IsCold(EvaluationSplit split, int item) => split.Catalogue.TrainingCounts[item] < ColdBelow;

        private static void Add(List<double> recalls, int[] truth, HashSet<int> top)
        {
            if (truth.Length > 0)
            {
                recalls.Add(truth.Count(top.Contains) / (double)Math.Min(ListLength, truth.Length));
            }
        }
    }
}
