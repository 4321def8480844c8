using Ebb.Engine.Interest;
using Ebb.Engine.Sources;
using Ebb.Evaluation.Compare;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// Finds half-life and blend for a deployment on a validation slice of its own past: sweeps the half-life with the
/// vector alone, then searches the blend at the best one.
/// </summary>
public static class FitRunner
{
    /// <exception cref="DataFileException">A file cannot be read, or the slice leaves nothing to ask.</exception>
    public static async Task<FitReport> RunAsync(
        FitOptions options, Action<ReplayProgress>? progress = null, CancellationToken cancellation = default)
    {
        var data = ValidationData.Load(options, progress);
        EngineReplay replay = data.Replay(data.QueryCount);
        List<SweepPoint> sweep = await SweepAsync(options, replay, progress, cancellation).ConfigureAwait(false);
        TimeSpan halfLife = SweepPeak.Of(sweep);
        var exponential = new ServedModel(halfLife, SourcePolicy.VectorAlone) { Memory = options.Memory };
        progress?.Invoke(new ReplayProgress("curves", 0));
        List<CurveTrial> curves = await CurveSearch.RunAsync(replay, exponential, cancellation).ConfigureAwait(false);
        ServedModel memory = CurveSearch.Choose(exponential, curves);
        var search = new BlendSearch(
            data, memory,
            share => progress?.Invoke(new ReplayProgress("blend", share)), cancellation);
        await search.RunAsync().ConfigureAwait(false);
        ServedModel model = memory with { Sources = search.Best with { LearnAll = false } };
        return new FitReport
        {
            Dataset = DatasetNames.Of(options.Dataset),
            LearningRowCount = data.Split.Training.Count(training => training),
            QueryCount = replay.Queries.Length,
            Sweep = sweep,
            Curves = curves,
            Intensities = GroupIntensity.Of(data.Split, replay),
            Steps = search.Steps,
            Model = model,
            Recall20 = RankingMeasures.Estimate(
                await replay.RecallsAsync(model, cancellation).ConfigureAwait(false)),
            MeasuredCount = search.MeasuredCount,
        };
    }

    private static async Task<List<SweepPoint>> SweepAsync(
        FitOptions options, EngineReplay replay, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        var recalls = new List<double[]>();
        foreach (TimeSpan halfLife in options.HalfLives)
        {
            progress?.Invoke(new ReplayProgress(
                "half-life " + HalfLifeText.Format(halfLife), (double)recalls.Count / options.HalfLives.Count));
            var model = new ServedModel(halfLife, SourcePolicy.VectorAlone) { Memory = options.Memory };
            recalls.Add(await replay.RecallsAsync(model, cancellation).ConfigureAwait(false));
        }

        int never = options.HalfLives.ToList().IndexOf(MemorySchema.Never);
        int[] users = [.. replay.Queries.Select(query => query.UserStart)];
        return
        [
            .. options.HalfLives.Select((halfLife, at) =>
                new SweepPoint(halfLife, RankingMeasures.Estimate(recalls[at]))
                {
                    OverNever = never < 0 ? null : PairedDifference.Of(recalls[at], recalls[never], users),
                }),
        ];
    }
}
