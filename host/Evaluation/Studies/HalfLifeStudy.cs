using System.Globalization;
using Ebb.Engine.Interest;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Fit;
using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies;

/// <summary>
/// How far the half-life that <c>ebb fit</c> takes is from the best one, at earlier moments of the same log: slice 1 is
/// the fit's own validation slice, slice 2 the one that a fit would have had whose test part was slice 1, and so on
/// back. At each the fit chooses on the slices before and is judged on all questions of the slice itself; the test part
/// of the split is never asked. Item vectors are made of what is before a slice.
/// </summary>
internal static class HalfLifeStudy
{
    public const int SliceCount = 7;

    public static async Task<StudyReport> RunAsync(
        StudyOptions options, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        var fit = new FitOptions(options.Data);
        List<Slice> slices = await SweepAsync(fit, progress, cancellation).ConfigureAwait(false);
        var rows = new List<IReadOnlyList<string>>();
        for (int back = 0; back < SliceCount && back + 1 < slices.Count; back++)
        {
            HalfLifeSweep[] before =
            [
                .. slices.Skip(back + 1).Take(PastSlices.PooledCount)
                    .Select(slice => slice.Sweep.Sampled(fit.QueryCountMax)),
            ];
            rows.Add(await JudgeAsync(fit, back + 1, slices[back], HalfLifeSweep.Pool(before), cancellation)
                .ConfigureAwait(false));
        }

        return new StudyReport(
            "Half-life of a fit at earlier moments",
            [
                "slice", "rows before", "questions", "fit takes", "Recall@20 at it", "best of sweep", "Recall@20 at it",
                "change", "relative",
            ],
            rows,
            [
                "Vector alone, made of what is before each slice; the fit chooses on the slices before. Slice 1 is the"
                + " validation slice of a fit on all of the training part.",
                "The best of a sweep is the luck of its slice too: read the change beside its standard error.",
            ]);
    }

    private static async Task<List<Slice>> SweepAsync(
        FitOptions fit, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        progress?.Invoke(new ReplayProgress("reading", 0));
        BehaviourLog log = DatasetReader.Read(fit.Dataset, fit.DataPath);
        string path = fit.FindVectors()
            ?? throw DataFileException.In(fit.DataPath, "no item vectors beside the data; name them.");
        var vectors = ItemVectors.Load(path, fit.FindIds(path));
        var split = EvaluationSplit.Build(log, fit.Split, fit.HistoryEventMax, vectors);
        var slices = new List<Slice>();
        const int sliceCount = SliceCount + PastSlices.PooledCount;
        foreach (EngineReplay replay in PastSlices.Before(split, log, fit, vectors).Take(sliceCount))
        {
            int done = slices.Count;
            slices.Add(new Slice(replay, await HalfLifeSweep.RunAsync(
                replay, fit.HalfLives, fit.Memory,
                step => progress?.Invoke(step with { Share = (done + step.Share) / sliceCount }), cancellation)
                .ConfigureAwait(false)));
        }

        return slices.Count > 1
            ? slices
            : throw DataFileException.In(fit.DataPath, "the training part leaves no two slices with a history.");
    }

    private static async Task<IReadOnlyList<string>> JudgeAsync(
        FitOptions fit, int back, Slice judged, HalfLifeSweep before, CancellationToken cancellation)
    {
        TimeSpan taken = SweepPeak.Of(before.Points());
        HalfLifeSweep sweep = await judged.Sweep.WithAsync(taken, judged.Replay, fit.Memory, cancellation)
            .ConfigureAwait(false);
        IReadOnlyList<SweepPoint> points = sweep.Points();
        SweepPoint best = points.MaxBy(point => point.Recall20.Mean)!;
        SweepPoint at = points.First(point => point.HalfLife == taken);
        MetricEstimate change = sweep.Difference(taken, best.HalfLife);
        return
        [
            back.ToString(CultureInfo.InvariantCulture),
            judged.Replay.Split.Training.Count(training => training).ToString("N0", CultureInfo.InvariantCulture),
            judged.Replay.Queries.Length.ToString("N0", CultureInfo.InvariantCulture),
            DurationText.Format(taken), Cell(at.Recall20), DurationText.Format(best.HalfLife), Cell(best.Recall20),
            string.Create(
                CultureInfo.InvariantCulture, $"{change.Mean:+0.0000;-0.0000;0.0000} ± {change.StandardError:0.0000}"),
            string.Create(
                CultureInfo.InvariantCulture,
                $"{change.Mean / Math.Max(best.Recall20.Mean, 1e-9) * 100:+0.00;-0.00;0.00} %"),
        ];
    }

    private static string Cell(MetricEstimate estimate) =>
        string.Create(CultureInfo.InvariantCulture, $"{estimate.Mean:0.0000} ± {estimate.StandardError:0.0000}");

    private sealed record Slice(EngineReplay Replay, HalfLifeSweep Sweep);
}
