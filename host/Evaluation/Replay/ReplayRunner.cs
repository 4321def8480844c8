using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Npy;

namespace Ebb.Evaluation.Replay;

/// <summary>Evaluates an engine offline: reads and splits a data set, asks engine and baselines.</summary>
public static class ReplayRunner
{
    /// <exception cref="DataFileException">A file cannot be read, or the split leaves nothing to ask.</exception>
    /// <exception cref="Engine.EngineStartException">The engine does not open with these vectors.</exception>
    public static async Task<ReplayReport> RunAsync(
        ReplayOptions options, Action<ReplayProgress>? progress = null, CancellationToken cancellation = default)
    {
        progress?.Invoke(new ReplayProgress("reading", 0));
        BehaviourLog log = DatasetReader.Read(options.Dataset, options.DataPath);
        ItemVectors? vectors = LoadVectors(options);
        progress?.Invoke(new ReplayProgress("splitting", 0));
        EvaluationSplit split = EvaluationSplit.Build(log, options.Split, options.HistoryEventMax, vectors);
        if (split.Queries.Length == 0)
        {
            throw DataFileException.In(
                options.DataPath, $"the split '{options.Split}' leaves no query with a history; choose another.");
        }

        // The protocol leaves out what was seen on MovieLens alone: films are not watched twice.
        bool excludeHistory = options.ExcludeHistory ?? options.Dataset == DatasetKind.MovieLens;
        var runner = new RankerRunner(split, excludeHistory);
        List<MethodResult> methods = RunBaselines(options, split, runner, progress, cancellation);
        if (vectors is not null)
        {
            var replay = new EngineReplay(split, vectors, runner, options.Backend);
            foreach (TimeSpan halfLife in options.HalfLives)
            {
                string step = "half-life " + HalfLifeText.Format(halfLife);
                Action<double>? share = progress is null ? null : done => progress(new ReplayProgress(step, done));
                methods.Add(await replay.RunAsync(
                    new ServedModel(halfLife, options.Sources), share, cancellation).ConfigureAwait(false));
            }
        }

        return Report(options, log, split, vectors, methods);
    }

    private static ItemVectors? LoadVectors(ReplayOptions options)
    {
        string? path = options.VectorsPath ?? DatasetFiles.FindVectors(options.DataPath);
        return path is null ? null : ItemVectors.Load(path, options.IdsPath ?? DatasetFiles.IdsBeside(path));
    }

    private static List<MethodResult> RunBaselines(
        ReplayOptions options, EvaluationSplit split, RankerRunner runner, Action<ReplayProgress>? progress,
        CancellationToken cancellation)
    {
        TimeSpan window = options.RecentWindow ?? RecentPopularityRanker.WindowOf(options.Dataset);
        (string Name, Func<IRanker> Make)[] baselines =
        [
            ("popularity", () => new PopularityRanker(split.Catalogue.Count)),
            ($"recent popularity ({HalfLifeText.Format(window)})", () => new RecentPopularityRanker(split, window)),
            ("transition from the last item", () => new TransitionRanker(split)),
        ];
        var results = new List<MethodResult>();
        foreach ((string name, Func<IRanker> make) in baselines)
        {
            progress?.Invoke(new ReplayProgress(name, 0));
            results.Add(runner.Run(name, true, make(), cancellation));
        }

        return results;
    }

    private static ReplayReport Report(
        ReplayOptions options, BehaviourLog log, EvaluationSplit split, ItemVectors? vectors,
        List<MethodResult> methods)
    {
        int withoutVector = vectors is null
            ? log.Items.Count
            : Enumerable.Range(0, log.Items.Count).Count(item => split.Catalogue.IndexOf(item) < 0);
        return new ReplayReport
        {
            Dataset = DatasetNames.Of(options.Dataset),
            Split = options.Split.ToString(),
            RowCount = log.Rows.Count,
            BadRowCount = log.BadRowCount,
            BadRows = log.BadRows,
            Dropped = log.Dropped,
            UserCount = log.Users.Count,
            ItemCount = log.Items.Count,
            ItemsWithoutVector = withoutVector,
            TrainingRowCount = split.Training.Count(training => training),
            QueryCount = split.Queries.Length,
            QueriesWithoutHistory = split.QueriesWithoutHistory,
            Methods = methods,
            Notes = Notes(log, vectors, withoutVector),
        };
    }

    private static List<string> Notes(BehaviourLog log, ItemVectors? vectors, int withoutVector)
    {
        var notes = new List<string>();
        if (vectors is null)
        {
            notes.Add("No item vectors beside the data and none named: baselines alone.");
        }
        else if (withoutVector > 0)
        {
            notes.Add($"{withoutVector:N0} items have no vector: never recommended, and no part of a history.");
        }

        if (log.BadRowCount > 0)
        {
            notes.Add($"{log.BadRowCount:N0} rows could not be read, the first: {log.BadRows[0]}");
        }

        return notes;
    }
}
