using Ebb.Engine.Interest;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// Finds what to serve a deployment with on a validation slice of its own past: the half-life by a sweep with the
/// vector alone (over the slices before it too), other curves and rates per dimension, the blend; then attention
/// weights, ε_keep and the calibration of that blend's scores. What does not help on users whom it was not chosen on is
/// told and left out.
/// </summary>
public static class FitRunner
{
    /// <exception cref="DataFileException">A file cannot be read, or the slice leaves nothing to ask.</exception>
    public static async Task<FitReport> RunAsync(
        FitOptions options, Action<ReplayProgress>? progress = null, CancellationToken cancellation = default)
    {
        var data = ValidationData.Load(options, progress);
        EngineReplay replay = data.Replay(data.QueryCount);
        HalfLifeSweep asked = await SweepAsync(options, [replay, .. data.Earlier()], progress, cancellation)
            .ConfigureAwait(false);
        IReadOnlyList<SweepPoint> sweep = asked.Points();
        TimeSpan halfLife = SweepPeak.Of(sweep);
        ServedModel exponential = HalfLifeSweep.Model(halfLife, options.Memory);
        progress?.Invoke(new ReplayProgress("curves", 0));
        List<CurveTrial> curves = await CurveSearch.RunAsync(replay, exponential, cancellation).ConfigureAwait(false);
        ServedModel memory = CurveSearch.Choose(exponential, curves);
        RateTrial? rates = halfLife == MemorySchema.Never || !data.Axes.Holds
            ? null
            : await RateSearch.RunAsync(
                (replay, memory), RateSearch.Coarse, share => progress?.Invoke(new ReplayProgress("rates", share)),
                cancellation).ConfigureAwait(false);
        memory = rates is { Helps: true } ? RateSearch.With(memory, rates.Rates) : memory;
        var search = new BlendSearch(
            data, memory,
            share => progress?.Invoke(new ReplayProgress("blend", share)), cancellation);
        await search.RunAsync().ConfigureAwait(false);
        ServedModel model = memory with { Sources = search.Best with { LearnAll = false } };
        AttentionTrial? attention = data.Axes.Holds
            ? await AttentionSearch.RunAsync(
                replay, model, share => progress?.Invoke(new ReplayProgress("attention", share)), cancellation)
                .ConfigureAwait(false)
            : null;
        model = attention is { Helps: true } ? attention.Model : model;
        progress?.Invoke(new ReplayProgress("keep", 0));
        List<KeepTrial> keeps = await KeepSearch.RunAsync(replay, model, cancellation).ConfigureAwait(false);
        ServedModel served = model with { Lists = KeepSearch.Serving(model, KeepSearch.Choose(keeps)) };
        progress?.Invoke(new ReplayProgress("calibration", 0));
        CalibrationTrial? calibration = await CalibrationSearch.RunAsync(replay, served, cancellation)
            .ConfigureAwait(false);
        return new FitReport
        {
            Dataset = DatasetNames.Of(options.Dataset),
            LearningRowCount = data.Split.Training.Count(training => training),
            QueryCount = replay.Queries.Length,
            Sweep = sweep,
            SweepQuestionCount = asked.QuestionCount,
            Curves = curves,
            Intensities = GroupIntensity.Of(data.Split, replay),
            Steps = search.Steps,
            Axes = data.Axes,
            Rates = rates,
            Attention = attention,
            Keeps = keeps,
            Calibration = calibration,
            Served = served with { Lists = served.Lists! with { Calibration = calibration?.Calibration } },
            Model = model,
            Recall20 = RankingMeasures.Estimate(
                await replay.RecallsAsync(model, cancellation).ConfigureAwait(false)),
            MeasuredCount = search.MeasuredCount,
        };
    }

    private static async Task<HalfLifeSweep> SweepAsync(
        FitOptions options, EngineReplay[] slices, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        var sweeps = new List<HalfLifeSweep>();
        foreach (EngineReplay slice in slices)
        {
            sweeps.Add(await HalfLifeSweep.RunAsync(
                slice, options.HalfLives, options.Memory,
                step => progress?.Invoke(step with { Share = (sweeps.Count + step.Share) / slices.Length }),
                cancellation).ConfigureAwait(false));
        }

        return HalfLifeSweep.Pool(sweeps);
    }
}
