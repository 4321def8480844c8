using System.Diagnostics;
using Ebb.Engine.Encoders;
using Ebb.Engine.Interest;
using Ebb.Engine.Sources;
using Ebb.Evaluation.Datasets;

namespace Ebb.Evaluation.Replay;

/// <summary>Evaluates an engine offline: reads and splits a data set, asks engine and baselines.</summary>
public static class ReplayRunner
{
    /// <exception cref="DataFileException">A file cannot be read, or the split leaves nothing to ask.</exception>
    /// <exception cref="Engine.EngineStartException">The engine does not open with these vectors.</exception>
    public static async Task<ReplayReport> RunAsync(
        ReplayOptions options, Action<ReplayProgress>? progress = null, CancellationToken cancellation = default)
    {
        var data = ReplayData.Load(options, progress);
        List<MethodResult> methods = RunBaselines(options, data, progress, cancellation);
        foreach (ServedModel model in data.Vectors is null ? [] : ModelsOf(options))
        {
            methods.Add(await AskAsync(data.Replay(), model, "", progress, cancellation).ConfigureAwait(false));
        }

        string? note = null;
        if (data.Vectors is not null && options.SwapModelFolder is not null)
        {
            (IReadOnlyList<MethodResult> rows, note) = await SwapReplay.RunAsync(
                options, ModelsOf(options).Last(), progress, cancellation).ConfigureAwait(false);
            methods.AddRange(rows);
        }

        ReplayReport report = Report(options, data, methods);
        return note is null ? report : report with { Notes = [.. report.Notes, note] };
    }

    private static async Task<MethodResult> AskAsync(
        EngineReplay replay, ServedModel model, string how, Action<ReplayProgress>? progress,
        CancellationToken cancellation)
    {
        string name = how + model.Describe();
        long started = Stopwatch.GetTimestamp();
        QueryOutcome[] outcomes = await replay.RunAsync(
            model, done => progress?.Invoke(new ReplayProgress(name, done)), cancellation).ConfigureAwait(false);
        return RankingMeasures.Summarise(
            "ebb, " + name, false, [.. outcomes.Select(outcome => outcome.Measures)],
            Stopwatch.GetElapsedTime(started));
    }

    /// <summary>A half-life each; with a model bank, encoder and blend side by side.</summary>
    private static IEnumerable<ServedModel> ModelsOf(ReplayOptions options)
    {
        foreach (TimeSpan halfLife in options.HalfLives)
        {
            var model = new ServedModel(halfLife, options.Sources) { Memory = options.Memory };
            if (options.ModelFolder is not null)
            {
                yield return model with { Sources = SourcePolicy.VectorAlone };
                yield return model with { Sources = new SourcePolicy { Vector = 0, Encoder = 1 } };
            }

            if (options.ModelFolder is null || options.Sources != SourcePolicy.VectorAlone)
            {
                yield return model;
            }

            if (options.ModelFolder is { } folder && BundleManifest.Read(folder).HasReRanker)
            {
                yield return ServedModel.ReRanked(options.Sources != SourcePolicy.VectorAlone
                    ? model
                    : model with { Sources = new SourcePolicy { Vector = 0, Encoder = 1 } });
            }
        }
    }

    private static List<MethodResult> RunBaselines(
        ReplayOptions options, ReplayData data, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        TimeSpan window = options.RecentWindow ?? RecentPopularityRanker.WindowOf(options.Dataset);
        (string Name, Func<IRanker> Make)[] baselines =
        [
            ("popularity", () => new PopularityRanker(data.Split.Catalogue.Count)),
            ($"recent popularity ({DurationText.Format(window)})",
                () => new RecentPopularityRanker(data.Split, window)),
            ("transition from the last item", () => new TransitionRanker(data.Split)),
        ];
        var results = new List<MethodResult>();
        foreach ((string name, Func<IRanker> make) in baselines)
        {
            progress?.Invoke(new ReplayProgress(name, 0));
            results.Add(data.Runner.Run(name, true, make(), cancellation));
        }

        return results;
    }

    private static ReplayReport Report(ReplayOptions options, ReplayData data, List<MethodResult> methods)
    {
        BehaviourLog log = data.Log;
        int withoutVector = data.Vectors is null
            ? log.Items.Count
            : Enumerable.Range(0, log.Items.Count).Count(item => data.Split.Catalogue.IndexOf(item) < 0);
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
            TrainingRowCount = data.Split.Training.Count(training => training),
            QueryCount = data.Split.Queries.Length,
            QueriesWithoutHistory = data.Split.QueriesWithoutHistory,
            Methods = methods,
            Notes = Notes(data, withoutVector),
        };
    }

    private static List<string> Notes(ReplayData data, int withoutVector)
    {
        var notes = new List<string>();
        if (data.Vectors is null)
        {
            notes.Add("No item vectors beside the data and none named: baselines alone.");
        }
        else if (withoutVector > 0)
        {
            notes.Add($"{withoutVector:N0} items have no vector: never recommended, and no part of a history.");
        }

        if (data.Log.BadRowCount > 0)
        {
            notes.Add($"{data.Log.BadRowCount:N0} rows could not be read, the first: {data.Log.BadRows[0]}");
        }

        return notes;
    }
}
