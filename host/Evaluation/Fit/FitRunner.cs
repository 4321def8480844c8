using Ebb.Engine.Sources;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Npy;
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
        progress?.Invoke(new ReplayProgress("reading", 0));
        BehaviourLog log = DatasetReader.Read(options.Dataset, options.DataPath);
        string path = options.VectorsPath ?? DatasetFiles.FindVectors(options.DataPath)
            ?? throw DataFileException.In(options.DataPath, "no item vectors beside the data; name them.");
        var vectors = ItemVectors.Load(path, options.IdsPath ?? DatasetFiles.IdsBeside(path));
        var test = EvaluationSplit.Build(log, options.Split, options.HistoryEventMax, vectors);
        EvaluationSplit split = ValidationSplit.Build(log, test, options, vectors);
        ReplayQuery[] queries = Sample(split.Queries, options.QueryCountMax);
        if (queries.Length == 0)
        {
            throw DataFileException.In(options.DataPath, "the training part leaves no question with a history.");
        }

        var runner = new RankerRunner(split, options.ExcludeHistory ?? options.Dataset == DatasetKind.MovieLens);
        progress?.Invoke(new ReplayProgress("vectors of the learning part", 0));
        var replay = new EngineReplay(split, vectors, runner, options.Backend)
        {
            Substitutes = LearningVectors.Build(split, vectors.Dimension),
        };
        Task<FitEngine> OpenAsync(ServedModel model) => FitEngine.OpenAsync(replay, queries, model, cancellation);
        List<SweepPoint> sweep = await SweepAsync(options, OpenAsync, progress, cancellation).ConfigureAwait(false);
        TimeSpan halfLife = SweepPeak.Of(sweep);
        var search = new BlendSearch(
            policy => OpenAsync(new ServedModel(halfLife, policy)),
            share => progress?.Invoke(new ReplayProgress("blend", share)), cancellation);
        await search.RunAsync().ConfigureAwait(false);
        return new FitReport
        {
            Dataset = DatasetNames.Of(options.Dataset),
            LearningRowCount = split.Training.Count(training => training),
            QueryCount = queries.Length,
            Sweep = sweep,
            Steps = search.Steps,
            Model = new ServedModel(halfLife, search.Best with { LearnAll = false }),
            Recall20 = search.Reached,
            MeasuredCount = search.MeasuredCount,
        };
    }

    private static async Task<List<SweepPoint>> SweepAsync(
        FitOptions options, Func<ServedModel, Task<FitEngine>> openAsync, Action<ReplayProgress>? progress,
        CancellationToken cancellation)
    {
        var sweep = new List<SweepPoint>();
        foreach (TimeSpan halfLife in options.HalfLives)
        {
            progress?.Invoke(new ReplayProgress(
                "half-life " + HalfLifeText.Format(halfLife), (double)sweep.Count / options.HalfLives.Count));
            FitEngine engine = await openAsync(new ServedModel(halfLife, SourcePolicy.VectorAlone))
                .ConfigureAwait(false);
            await using var owned = engine.ConfigureAwait(false);
            sweep.Add(new SweepPoint(
                halfLife, await engine.MeasureAsync(SourcePolicy.VectorAlone, cancellation).ConfigureAwait(false)));
        }

        return sweep;
    }

    private static ReplayQuery[] Sample(ReplayQuery[] queries, int countMax) => queries.Length <= countMax
        ? queries
        : [.. Enumerable.Range(0, countMax).Select(index => queries[(long)index * queries.Length / countMax])];
}
