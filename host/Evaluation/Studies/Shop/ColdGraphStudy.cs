using System.Globalization;
using Ebb.Engine.Graph;
using Ebb.Engine.Interest;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Fit;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Shop;

/// <summary>
/// Which relations, lengths and directions of graph vectors bring items with fewer than five training events into the
/// lists that they belong in, and what each costs the others. With --validation on the end of the training part, with
/// vectors of what was before it: there choices are made, the most cold recall that costs the others nothing, and the
/// most that costs them at most half their standard error; the test part is asked for those two and for nothing else.
/// </summary>
internal static class ColdGraphStudy
{
    private static readonly (string Name, double Together, double Title)[] Relations =
        [("titles", 0, 1), ("both", 1, 1), ("titles 3", 1, 3)];

    private static readonly double[] Centres = [0, 0.5, 1];
    private static readonly double[] Shrinks = [0, 2];
    private static readonly double[] Scales = [0.85, 1, 1.15, 1.3, 1.5, 1.8];

    /// <summary>On the validation slice, 2026-11-23.</summary>
    private static readonly (string Name, double Together, double Title) ChosenRelations = ("both", 1, 1);
    private static readonly (double Centre, double Shrink, double Scale)[] ChosenForms = [(1, 2, 1.3), (1, 0, 1.15)];

    public static StudyReport Run(StudyOptions options, Action<ReplayProgress>? progress, CancellationToken cancel)
    {
        (BehaviourLog log, EvaluationSplit split, float[][] given) = Load(options, progress);
        double halfLifeMs = MemorySchema.HalfLifeMs(options.Model.HalfLife);
        ColdSlices before = ColdSlices.Of(split, given, halfLifeMs, cancel);
        var rows = new List<IReadOnlyList<string>> { before.Row("as given", before) };
        var best = new (string Name, double Cold)[2];
        double[] allowed = [0, before.RestError / 2];
        foreach ((string relations, double together, double title) in
            options.Validation ? Relations : [ChosenRelations])
        {
            VectorGraph graph = RetailGraph.BuildByTitles(log, split, given, (together, title));
            foreach ((double centre, double shrink, double scale) in options.Validation ? Forms() : ChosenForms)
            {
                float[][] vectors = ColdVectors.Make(split, given, graph, (centre, shrink, scale));
                ColdSlices slices = ColdSlices.Of(split, vectors, halfLifeMs, cancel);
                string name = string.Create(
                    CultureInfo.InvariantCulture, $"{relations}, centre {centre}, shrink {shrink}, length {scale}");
                rows.Add(slices.Row(name, before));
                for (int rule = 0; rule < best.Length; rule++)
                {
                    bool isBetter = before.RestMean - slices.RestMean <= allowed[rule]
                        && slices.ColdMean > best[rule].Cold;
                    best[rule] = isBetter ? (name, slices.ColdMean) : best[rule];
                }
            }

            progress?.Invoke(new ReplayProgress("cold items", (double)rows.Count / 109));
        }

        return new StudyReport(
            "Cold items by a graph",
            ["vectors", "cold Recall@20", "change", "other Recall@20", "change", "rank among cold"], rows,
            [
                before.Describe(options.Validation),
                $"most that costs the others nothing: {best[0].Name}",
                $"most within half of their standard error: {best[1].Name}",
            ]);
    }

    private static IEnumerable<(double Centre, double Shrink, double Scale)> Forms() =>
        from centre in Centres
        from shrink in Shrinks
        from scale in Scales
        select (centre, shrink, scale);

    private static (BehaviourLog Log, EvaluationSplit Split, float[][] Vectors) Load(
        StudyOptions options, Action<ReplayProgress>? progress)
    {
        if (options.Validation)
        {
            var validation = ValidationData.Load(new FitOptions(options.Data), progress);
            return (validation.Log, validation.Split, validation.Substitutes);
        }

        ReplayData data = ReplayData.Load(options.Data, progress);
        return (data.Log, data.Split, GraphStudy.GivenVectors(data));
    }
}
