using System.Diagnostics;
using System.Globalization;
using Ebb.Engine;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Ebb.Evaluation.Npy;
using Ebb.Kernels.Backends;

namespace Ebb.Evaluation.Replay;

/// <summary>
/// Asks an engine every query of a split. A user's successive queries only add events; once a history is over the cap
/// its last events are folded under a key of the query's own (a decayed sum cannot drop old events), through the same
/// calls. Users run side by side, each in its own order.
/// </summary>
internal sealed class EngineReplay(
    EvaluationSplit split, ItemVectors vectors, RankerRunner runner, IKernelBackend? backend)
{
    // Enough for the engine to answer several users with one scan.
    private const int UsersAtOnce = 64;

    private readonly OpaqueId[] _itemIds = Array.ConvertAll(split.Catalogue.Ids, id => new OpaqueId(id));
    private readonly Dictionary<OpaqueId, int> _catalogueIndexOf = split.Catalogue.Ids
        .Select((id, index) => (Id: new OpaqueId(id), index)).ToDictionary(pair => pair.Id, pair => pair.index);

    private readonly PopularityRanker _popularity = new(split.Catalogue.Count);

    /// <summary>Vectors in place of the given ones, one a catalogue index; null for those.</summary>
    public float[][]? Substitutes { get; init; }

    public async Task<MethodResult> RunAsync(
        ServedModel model, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        long started = Stopwatch.GetTimestamp();
        EvaluationEngine engine = await OpenAsync(model).ConfigureAwait(false);
        await using var owned = engine.ConfigureAwait(false);

        var measures = new QueryMeasures[split.Queries.Length];
        int done = 0;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = UsersAtOnce, CancellationToken = cancellation };
        await Parallel.ForEachAsync(UserRuns(), parallel, async (run, _) =>
        {
            await ReplayUserAsync(engine, run, measures).ConfigureAwait(false);
            int total = Interlocked.Add(ref done, run.Count);
            progress?.Invoke((double)total / measures.Length);
        }).ConfigureAwait(false);

        return RankingMeasures.Summarise(
            "ebb, " + model.Describe(), false, measures, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>An engine with the split's items that has learned its training part. The caller owns it.</summary>
    public async Task<EvaluationEngine> OpenAsync(ServedModel model)
    {
        EvaluationEngine engine = await EvaluationEngine.OpenAsync(
            vectors.Dimension, model.HalfLife, backend, model.Sources).ConfigureAwait(false);
        await engine.PutItemsAsync(_itemIds.Select(
            (id, index) => new ItemPut(id, VectorOf(index)))).ConfigureAwait(false);
        if (model.Sources.LearnAll || !model.Sources.IsVectorAlone)
        {
            await engine.TeachAsync(TrainingActs()).ConfigureAwait(false);
        }

        return engine;
    }

    /// <summary>
    /// The training part, in time, under keys of its own: what the sources may know of the population. The questions'
    /// histories are folded later and teach nothing.
    /// </summary>
    private IEnumerable<(OpaqueId User, OpaqueId Item, long TimeMs)> TrainingActs() =>
        Enumerable.Range(0, split.Rows.Length)
            .Where(row => split.Training[row] && split.Catalogue.IndexOf(split.Rows[row].Item) >= 0)
            .OrderBy(row => split.Rows[row].TimeMs)
            .Select(row => (
                new OpaqueId(string.Create(CultureInfo.InvariantCulture, $"taught {split.Rows[row].User}")),
                _itemIds[split.Catalogue.IndexOf(split.Rows[row].Item)], split.Rows[row].TimeMs));

    private ReadOnlyMemory<float> VectorOf(int index) =>
        Substitutes?[index] ?? vectors.Row(split.Catalogue.VectorRows[index]);

    /// <summary>Ranges of queries that belong to one user each.</summary>
    private IEnumerable<(int Start, int Count)> UserRuns()
    {
        ReplayQuery[] queries = split.Queries;
        for (int start = 0; start < queries.Length;)
        {
            int end = start + 1;
            while (end < queries.Length && queries[end].UserStart == queries[start].UserStart)
            {
                end++;
            }

            yield return (start, end - start);
            start = end;
        }
    }

    private async Task ReplayUserAsync(EvaluationEngine engine, (int Start, int Count) run, QueryMeasures[] measures)
    {
        int observedEnd = split.Queries[run.Start].UserStart;
        for (int index = run.Start; index < run.Start + run.Count; index++)
        {
            ReplayQuery query = split.Queries[index];
            OpaqueId user = UserKey(query, query.Capped ? index : -1);
            int from = query.Capped ? query.HistoryStart : observedEnd;
            observedEnd = query.Capped ? observedEnd : query.HistoryEnd;
            measures[index] = await AskAsync(engine, user, query, from).ConfigureAwait(false);
        }
    }

    /// <summary>Folds the query's history from a row on under the user's key, and measures the list.</summary>
    public async Task<QueryMeasures> AskAsync(EvaluationEngine engine, OpaqueId user, ReplayQuery query, int from)
    {
        HashSet<int> excluded = runner.ExcludedOf(query);
        int wanted = Math.Min(RankingMeasures.ListLength + excluded.Count, RecommendQuery.CountMax);
        long nowMs = split.Rows[query.HistoryEnd - 1].TimeMs;
        Recommendation list = await engine.ActAsync(user, Acts(from, query.HistoryEnd), wanted, nowMs)
            .ConfigureAwait(false);
        int[] top = new int[RankingMeasures.ListLength];

        // A history without direction scores every item 0. The tie rule then is popularity in training, which the
        // engine, whose favourites are those of this evaluation's events, cannot know.
        int count = list.Decision == ListDecision.Popular
            ? _popularity.Rank(query, excluded, top)
            : Take(list, excluded, top);
        return RankingMeasures.Of(top.AsSpan(0, count), query.SeenTruth);
    }

    private int Take(Recommendation list, HashSet<int> excluded, int[] top)
    {
        int count = 0;
        foreach (RecommendedItem item in list.Items)
        {
            int index = _catalogueIndexOf[item.Item];
            if (count < top.Length && !excluded.Contains(index))
            {
                top[count++] = index;
            }
        }

        return count;
    }

    /// <summary>The user's own key (the place of its first row), or one for a single query.</summary>
    public static OpaqueId UserKey(ReplayQuery query, int single) => single < 0
        ? string.Create(CultureInfo.InvariantCulture, $"{query.UserStart}")
        : string.Create(CultureInfo.InvariantCulture, $"{query.UserStart}#{single}");

    private IEnumerable<(OpaqueId Item, long TimeMs)> Acts(int start, int end)
    {
        for (int row = start; row < end; row++)
        {
            int index = split.Catalogue.IndexOf(split.Rows[row].Item);
            if (index >= 0)
            {
                yield return (_itemIds[index], split.Rows[row].TimeMs);
            }
        }
    }
}
