using Ebb.Engine.Sources;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// An engine that has learned the learning part and holds every question's history under a key of its own, so that a
/// blend is measured by asking alone. Owns the engine.
/// </summary>
internal sealed class FitEngine : IAsyncDisposable
{
    private const int QuestionsAtOnce = 64;

    private readonly EngineReplay _replay;
    private readonly EvaluationEngine _engine;
    private readonly ReplayQuery[] _queries;

    private FitEngine(EngineReplay replay, EvaluationEngine engine, ReplayQuery[] queries)
    {
        _replay = replay;
        _engine = engine;
        _queries = queries;
    }

    public static async Task<FitEngine> OpenAsync(
        EngineReplay replay, ReplayQuery[] queries, ServedModel model, CancellationToken cancellation)
    {
        EvaluationEngine engine = await replay.OpenAsync(model).ConfigureAwait(false);
        var fit = new FitEngine(replay, engine, queries);
        await fit.AskAllAsync(query => query.HistoryStart, cancellation).ConfigureAwait(false);
        return fit;
    }

    /// <summary>Recall@20 of the blend; one whose learning differs needs an engine of its own.</summary>
    public async Task<MetricEstimate> MeasureAsync(SourcePolicy sources, CancellationToken cancellation)
    {
        _engine.SetSources(sources);
        QueryMeasures[] measures = await AskAllAsync(query => query.HistoryEnd, cancellation).ConfigureAwait(false);
        return RankingMeasures.Summarise("", false, measures, TimeSpan.Zero).Recall20;
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private async Task<QueryMeasures[]> AskAllAsync(Func<ReplayQuery, int> foldFrom, CancellationToken cancellation)
    {
        var measures = new QueryMeasures[_queries.Length];
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = QuestionsAtOnce,
            CancellationToken = cancellation,
        };
        await Parallel.ForAsync(0, _queries.Length, parallel, async (index, _) =>
        {
            ReplayQuery query = _queries[index];
            measures[index] = await _replay.AskAsync(
                _engine, EngineReplay.UserKey(query, index), query, foldFrom(query)).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return measures;
    }
}
