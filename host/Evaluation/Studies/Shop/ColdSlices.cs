using System.Globalization;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Shop;

/// <summary>
/// Recall@20 a query of its cold truth and of the rest, and where cold truth stands among the cold items alone.
/// </summary>
internal sealed record ColdSlices(double[] Cold, double[] Rest, double[] Ranks)
{
    private const int ColdBelow = 5;
    private const int ListLength = 20;

    public double ColdMean => Cold.Average();

    public double RestMean => Rest.Average();

    /// <summary>Of the others' recall itself, not of a paired change.</summary>
    public double RestError => Error(Rest);

    public static bool IsCold(EvaluationSplit split, int item) => split.Catalogue.TrainingCounts[item] < ColdBelow;

    public static ColdSlices Of(EvaluationSplit split, float[][] vectors, double halfLifeMs, CancellationToken cancel)
    {
        int[] coldItems = [.. Enumerable.Range(0, vectors.Length).Where(item => IsCold(split, item))];
        var found = new (double? Cold, double? Warm, double[] Ranks)[split.Queries.Length];
        Parallel.For(
            0, found.Length, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = 2 },
            query => found[query] = One(split, split.Queries[query], vectors, (coldItems, halfLifeMs)));
        return new ColdSlices(
            [.. found.Where(one => one.Cold is not null).Select(one => one.Cold!.Value)],
            [.. found.Where(one => one.Warm is not null).Select(one => one.Warm!.Value)],
            [.. found.SelectMany(one => one.Ranks)]);
    }

    public string[] Row(string name, ColdSlices before) =>
    [
        name, Mean(Cold), Change(Cold, before.Cold), Mean(Rest), Change(Rest, before.Rest),
        Ranks.Average().ToString("0.000", CultureInfo.InvariantCulture),
    ];

    public string Describe(bool isValidation) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(isValidation ? "validation" : "test")}: cold truth (fewer than {ColdBelow} training events) in "
        + $"{Cold.Length:N0} queries, other in {Rest.Length:N0}; standard error of the others' recall "
        + $"{RestError:0.0000}; rank: share of the cold items below a cold truth, .5 is chance.");

    private static (double? Cold, double? Warm, double[] Ranks) One(
        EvaluationSplit split, ReplayQuery query, float[][] vectors, (int[] ColdItems, double HalfLifeMs) setup)
    {
        double[] interest = PlainInterest.Of(split, query, vectors, setup.HalfLifeMs);
        HashSet<int> top = [.. PlainInterest.Top(interest, vectors, ListLength)];
        int[] cold = [.. query.Truth.Where(item => item >= 0 && IsCold(split, item))];
        int[] rest = [.. query.Truth.Where(item => item >= 0 && !IsCold(split, item))];
        double[] scores = cold.Length == 0
            ? []
            : [.. setup.ColdItems.Select(item => PlainInterest.Dot(interest, vectors[item]))];
        return (Recall(cold, top), Recall(rest, top), [.. cold.Select(item =>
        {
            double score = PlainInterest.Dot(interest, vectors[item]);
            return scores.Average(other => other < score ? 1 : other == score ? 0.5 : 0);
        })]);
    }

    private static double? Recall(int[] truth, HashSet<int> top) => truth.Length == 0
        ? null
        : truth.Count(top.Contains) / (double)Math.Min(ListLength, truth.Length);

    private static string Mean(double[] values) => values.Average().ToString("0.0000", CultureInfo.InvariantCulture);

    private static string Change(double[] now, double[] before)
    {
        double[] differences = [.. now.Zip(before, (after, then) => after - then)];
        return string.Create(
            CultureInfo.InvariantCulture, $"{differences.Average():+0.0000;-0.0000;0} ± {Error(differences):0.0000}");
    }

    private static double Error(double[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Average(x => (x - mean) * (x - mean)) / values.Length);
    }
}
