using System.Globalization;
using Ebb.Engine;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Encoders;
using Ebb.Engine.Ranking;
using Ebb.Evaluation.Npy;
using Ebb.Kernels.Backends;

namespace Ebb.Evaluation.Replay;

/// <summary>
/// Asks an engine the queries of a split. A user's successive queries only add events; once a history is over the cap
/// its last events are folded under a key of the query's own (a decayed sum cannot drop old events), through the same
/// calls. Users run side by side, each in its own order.
/// </summary>
internal sealed class EngineReplay(
    EvaluationSplit split, ItemVectors vectors, RankerRunner runner, IKernelBackend? backend)
{
    /// <summary>Enough for the engine to answer several users with one scan.</summary>
    public const int UsersAtOnceUsual = 64;

    private readonly OpaqueId[] _itemIds = Array.ConvertAll(split.Catalogue.Ids, id => new OpaqueId(id));
    private readonly Dictionary<OpaqueId, int> _catalogueIndexOf = split.Catalogue.Ids
        .Select((id, index) => (Id: new OpaqueId(id), index)).ToDictionary(pair => pair.Id, pair => pair.index);

    private readonly PopularityRanker _popularity = new(split.Catalogue.Count);

    /// <summary>Vectors in place of the given ones, one a catalogue index; null for those.</summary>
    public float[][]? Substitutes { get; init; }

    /// <summary>
    /// How often the sources learn from what was asked about and is past by then, as a server's do; null: they know the
    /// training part alone. No answer knows anything of its own step.
    /// </summary>
    public TimeSpan? LearnStep { get; init; }

    /// <summary>
    /// Users who are asked side by side. With 1, on one partition, the same questions bring the same bits every time: a
    /// model's arithmetic differs in rounding with its batch, sums of several partitions with who was first.
    /// </summary>
    public int UsersAtOnce { get; init; } = UsersAtOnceUsual;

    /// <summary>Opens the sequence encoder that blends may weigh; null: none.</summary>
    public Func<SequenceEncoder>? Encoder { get; init; }

    /// <summary>Opens what takes the encoder's place from the middle of the users on; null: nothing does.</summary>
    public Func<SequenceEncoder>? SwapTo { get; init; }

    /// <summary>Taught after the training part.</summary>
    public IReadOnlyList<TaughtAct> Extra { get; init; } = [];

    /// <summary>What is asked: the split's queries, or some of them.</summary>
    public ReplayQuery[] Queries { get; init; } = split.Queries;

    public EvaluationSplit Split => split;

    public int Dimension => vectors.Dimension;

    /// <summary>The same questions where this was taught too.</summary>
    public EngineReplay With(IReadOnlyList<TaughtAct> extra) => new(split, vectors, runner, backend)
    {
        Substitutes = Substitutes,
        Encoder = Encoder,
        LearnStep = LearnStep,
        Queries = Queries,
        Extra = extra,
    };

    /// <summary>The same questions with item vectors scaled by √a, so that dot products are Σ a_d·v_d·p_d.</summary>
    public EngineReplay Scaled(double[] attention) => new(split, vectors, runner, backend)
    {
        Substitutes =
        [
            .. Enumerable.Range(0, split.Catalogue.Count).Select(item => VectorOf(item).ToArray().Select(
                (value, d) => (float)(value * Math.Sqrt(attention[d]))).ToArray()),
        ],
        LearnStep = LearnStep,
        Queries = Queries,
        Extra = Extra,
    };

    /// <summary>The list of each query, in the order of the queries.</summary>
    public async Task<QueryOutcome[]> RunAsync(
        ServedModel model, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        var outcomes = new QueryOutcome[Queries.Length];
        var visit = new ReplayVisit(
            [model], RankingMeasures.ListLength,
            (_, index, list) => outcomes[index] = Measure(Queries[index], list))
        {
            Progress = progress,
        };
        await VisitAsync(visit, cancellation).ConfigureAwait(false);
        return outcomes;
    }

    /// <summary>Recall@20 of each query.</summary>
    public async Task<double[]> RecallsAsync(ServedModel model, CancellationToken cancellation) =>
        [.. (await RunAsync(model, null, cancellation).ConfigureAwait(false))
            .Select(outcome => outcome.Measures.Recall20)];

    /// <summary>Asks all queries of every model, and hands on each answer.</summary>
    public async Task VisitAsync(ReplayVisit visit, CancellationToken cancellation)
    {
        ServedModel first = visit.Models[0];
        EvaluationEngine engine = await OpenAsync(first).ConfigureAwait(false);
        await using var owned = engine.ConfigureAwait(false);
        bool teaches = LearnStep is not null && Learns(first);
        var past = new PastQueries(split, LearnStep ?? TimeSpan.Zero);
        var places = Queries.Select(query => query.UserStart).Distinct()
            .ToDictionary(start => start, start => new FoldPlace(start));
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = UsersAtOnce, CancellationToken = cancellation };
        int done = 0;
        foreach (int[] step in teaches ? past.Steps(Queries) : [[.. Enumerable.Range(0, Queries.Length)]])
        {
            if (teaches)
            {
                await engine.TeachAsync(past.RowsBefore(Queries[step[0]].TimeMs).Select(Taught)).ConfigureAwait(false);
            }

            for (int model = 0; model < visit.Models.Count; model++)
            {
                if (visit.Models.Count > 1)
                {
                    engine.SetSources(visit.Models[model].Sources);
                }

                int asked = model;
                IGrouping<int, int>[] users = [.. step.GroupBy(index => Queries[index].UserStart)];
                Task swapped = Task.CompletedTask;
                await Parallel.ForEachAsync(users.Index(), parallel, async (numbered, _) =>
                {
                    (int place, IGrouping<int, int> user) = numbered;
                    if (SwapTo is not null && place == users.Length / 2)
                    {
                        // Not waited for: the other users ask on while it goes over.
                        swapped = engine.ChangeModelAsync(SwapTo());
                    }

                    foreach (int index in user)
                    {
                        RecommendQuery query = QueryOf(index, visit);
                        Recommendation list = visit.Models.Count == 1
                            ? await AskAsync(engine, index, query, places[user.Key]).ConfigureAwait(false)
                            : await AskAloneAsync(engine, index, query, asked == 0).ConfigureAwait(false);
                        visit.OnAnswer(asked, index, list);
                    }
                }).ConfigureAwait(false);
                await swapped.ConfigureAwait(false);
            }

            done += step.Length;
            visit.Progress?.Invoke((double)done / Queries.Length);
        }
    }

    /// <summary>The list as the protocol measures it.</summary>
    public QueryOutcome Measure(ReplayQuery query, Recommendation list)
    {
        int[] top = new int[RankingMeasures.ListLength];
        float[] scores = new float[RankingMeasures.ListLength];
        HashSet<int> excluded = runner.ExcludedOf(query);

        // A history without direction scores every item 0. The tie rule then is popularity in training, which the
        // engine, whose favourites are those of this evaluation's events, cannot know.
        int count = list.Decision == ListDecision.Popular
            ? _popularity.Rank(query, excluded, top)
            : Take(list, excluded, top, scores);
        return new QueryOutcome(
            RankingMeasures.Of(top.AsSpan(0, count), query.SeenTruth), top[..count], scores[..count], list.Decision);
    }

    /// <summary>Catalogue indices that the protocol leaves out.</summary>
    public HashSet<int> ExcludedOf(ReplayQuery query) => runner.ExcludedOf(query);

    /// <summary>The catalogue indices of a list without the excluded, best first.</summary>
    public IEnumerable<(RecommendedItem Item, int Index)> Ranked(ReplayQuery query, Recommendation list)
    {
        HashSet<int> excluded = runner.ExcludedOf(query);
        return list.Items.Select(item => (item, _catalogueIndexOf[item.Item]))
            .Where(pair => !excluded.Contains(pair.Item2));
    }

    private int Take(Recommendation list, HashSet<int> excluded, int[] top, float[] scores)
    {
        int count = 0;
        foreach (RecommendedItem item in list.Items)
        {
            int index = _catalogueIndexOf[item.Item];
            if (count < top.Length && !excluded.Contains(index))
            {
                // The final score: what θ and a calibration are about.
                scores[count] = (float)(item.Score * Math.Pow(2, list.Log2Scale));
                top[count++] = index;
            }
        }

        return count;
    }

    /// <summary>The vector of an item, by catalogue index.</summary>
    public ReadOnlyMemory<float> VectorOf(int index) =>
        Substitutes?[index] ?? vectors.Row(split.Catalogue.VectorRows[index]);

    private static bool Learns(ServedModel model) => model.Sources.LearnAll || !model.Sources.IsVectorAlone;

    /// <summary>An engine with the split's items that has learned its training part. The caller owns it.</summary>
    private async Task<EvaluationEngine> OpenAsync(ServedModel model)
    {
        EvaluationEngine engine = await EvaluationEngine.OpenAsync(
            vectors.Dimension, model, backend, Encoder?.Invoke(), UsersAtOnce == 1 ? 1 : 0).ConfigureAwait(false);
        await engine.PutItemsAsync(_itemIds.Select(
            (id, index) => new ItemPut(id, VectorOf(index)))).ConfigureAwait(false);
        if (Learns(model))
        {
            await engine.TeachAsync(TrainingRows().Select(Taught).Concat(Extra.Select(
                act => (new OpaqueId(act.User), _itemIds[act.Item], act.TimeMs)))).ConfigureAwait(false);
        }

        return engine;
    }

    /// <summary>The training part, in time: what the sources may know of the population at first.</summary>
    private IEnumerable<int> TrainingRows() => Enumerable.Range(0, split.Rows.Length)
        .Where(row => split.Training[row] && split.Catalogue.IndexOf(split.Rows[row].Item) >= 0)
        .OrderBy(row => split.Rows[row].TimeMs);

    /// <summary>
    /// What teaches does so under keys of its own; the questions' histories are folded besides and teach nothing.
    /// </summary>
    private (OpaqueId User, OpaqueId Item, long TimeMs) Taught(int row) => (
        new OpaqueId(string.Create(CultureInfo.InvariantCulture, $"taught {split.Rows[row].User}")),
        _itemIds[split.Catalogue.IndexOf(split.Rows[row].Item)], split.Rows[row].TimeMs);

    private RecommendQuery QueryOf(int index, ReplayVisit visit) => new()
    {
        Count = Math.Min(visit.Count + runner.ExcludedOf(Queries[index]).Count, RecommendQuery.CountMax),
        ExplainSources = visit.Sources,
        NowMs = split.Rows[Queries[index].HistoryEnd - 1].TimeMs,
    };

    /// <summary>Under the user's own key, which lists are kept for; over the cap under one of the query's.</summary>
    private Task<Recommendation> AskAsync(EvaluationEngine engine, int index, RecommendQuery ask, FoldPlace place)
    {
        ReplayQuery query = Queries[index];
        if (query.Capped)
        {
            return AskAloneAsync(engine, index, ask, isFirst: true);
        }

        int from = place.End;
        place.End = query.HistoryEnd;
        OpaqueId user = string.Create(CultureInfo.InvariantCulture, $"{query.UserStart}");
        return engine.ActAsync(user, Acts(from, query.HistoryEnd), ask);
    }

    /// <summary>Under a key of the query's own, so that it can be asked again; the first time folds.</summary>
    private Task<Recommendation> AskAloneAsync(EvaluationEngine engine, int index, RecommendQuery ask, bool isFirst)
    {
        ReplayQuery query = Queries[index];
        OpaqueId user = string.Create(CultureInfo.InvariantCulture, $"{query.UserStart}#{index}");
        return engine.ActAsync(user, Acts(isFirst ? query.HistoryStart : query.HistoryEnd, query.HistoryEnd), ask);
    }

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

    /// <summary>How far a user's rows are folded under the user's own key.</summary>
    private sealed class FoldPlace(int end)
    {
        public int End { get; set; } = end;
    }
}
