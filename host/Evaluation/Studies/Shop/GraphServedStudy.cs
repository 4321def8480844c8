using System.Globalization;
using Ebb.Engine.Graph;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Fit;
using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Shop;

/// <summary>
/// What graph vectors of items with fewer than five training events do to the lists that the engine serves under a
/// policy, all its sources weighed. With --validation at the end of the training part, where the form is chosen: the
/// most cold recall of those that cost the others no more than the standard error of the paired change. The test part
/// is asked for that one and for nothing else.
/// </summary>
internal static class GraphServedStudy
{
    private static readonly (string Name, double Together, double Title) Relations = ("both", 1, 1);

    private static readonly (double Centre, double Shrink, double Scale)[] Forms =
        [(1, 2, 1.3), (1, 0, 0.7), (1, 0, 1.15)];

    /// <summary>
    /// By --validation under the policy that ebb fit finds for Online Retail: bench/results/2026-11-23-shop.md.
    /// </summary>
    private static readonly (double, double, double) Chosen = Forms[2];

    public static async Task<StudyReport> RunAsync(
        StudyOptions options, Action<ReplayProgress>? progress, CancellationToken cancel)
    {
        (BehaviourLog log, EvaluationSplit split, ItemVectors named, float[][] given) = Load(options, progress);
        double[][] before = await ServedSlices.AskAsync(options, split, (named, given), cancel).ConfigureAwait(false);
        var rows = new List<IReadOnlyList<string>> { Row("as given", before, before) };
        (string Name, double Cold) best = ("none", 0);
        (double, double, double)[] tried = options.Validation ? Forms : [Chosen];
        VectorGraph graph = RetailGraph.BuildByTitles(log, split, given, (Relations.Together, Relations.Title));
        foreach ((double, double, double) form in tried)
        {
            float[][] vectors = ColdVectors.Make(split, given, graph, form);
            double[][] after = await ServedSlices.AskAsync(options, split, (named, vectors), cancel)
                .ConfigureAwait(false);
            (double centre, double shrink, double scale) = form;
            string name = string.Create(
                CultureInfo.InvariantCulture, $"{Relations.Name}, centre {centre}, shrink {shrink}, length {scale}");
            rows.Add(Row(name, before, after));
            (double change, double error) = Paired(before[1], after[1]);
            best = change >= -error && after[0].Average() > best.Cold ? (name, after[0].Average()) : best;
            progress?.Invoke(new ReplayProgress("cold items, served", (double)rows.Count / (tried.Length + 1)));
        }

        return new StudyReport(
            "Cold items by a graph, as served",
            ["vectors", "cold Recall@20", "change", "other Recall@20", "change", "all, change"], rows,
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(options.Validation ? "validation" : "test")}; {options.Model.Describe()}; cold truth in"
                    + $" {before[0].Length:N0} queries, other in {before[1].Length:N0}; ± standard error of the paired"
                    + $" change."),
                $"most cold recall at no more than one paired standard error of the others: {best.Name}",
            ]);
    }

    private static string[] Row(string name, double[][] before, double[][] after)
    {
        string Mean(int slice) => after[slice].Average().ToString("0.0000", CultureInfo.InvariantCulture);
        string Change(int slice)
        {
            (double change, double error) = Paired(before[slice], after[slice]);
            return string.Create(CultureInfo.InvariantCulture, $"{change:+0.0000;-0.0000;0} ± {error:0.0000}");
        }

        return [name, Mean(0), Change(0), Mean(1), Change(1), Change(2)];
    }

    private static (double Change, double Error) Paired(double[] before, double[] after)
    {
        double[] changes = [.. after.Zip(before, (now, then) => now - then)];
        double mean = changes.Average();
        return (mean, Math.Sqrt(changes.Average(change => (change - mean) * (change - mean)) / changes.Length));
    }

    private static (BehaviourLog Log, EvaluationSplit Split, ItemVectors Named, float[][] Vectors) Load(
        StudyOptions options, Action<ReplayProgress>? progress)
    {
        if (options.Validation)
        {
            var validation = ValidationData.Load(new FitOptions(options.Data), progress);
            return (validation.Log, validation.Split, validation.Named, validation.Substitutes);
        }

        ReplayData data = ReplayData.Load(options.Data, progress);
        return (data.Log, data.Split, data.Vectors!, GraphStudy.GivenVectors(data));
    }
}
