using Ebb.Engine;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Encoders;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Ebb.Evaluation.Replay;
using Ebb.Kernels.Backends;

namespace Ebb.Evaluation;

/// <summary>
/// An engine in memory as evaluation wants it: every act of weight 1, and sources that learn only what they are taught.
/// Used by any thread; owns the engine.
/// </summary>
internal sealed class EvaluationEngine : IAsyncDisposable
{
    /// <summary>The type that every act is observed as.</summary>
    private const byte ActType = EventTypes.View;

    private const int EventsPerCall = 256;
    private const int ItemsPerCall = 4096;

    /// <summary>What fits between one partition and the learner.</summary>
    private const int EventsPerTeaching = 2048;

    private readonly InterestEngine _engine;
    private readonly ServedModel _model;

    private EvaluationEngine(InterestEngine engine, ServedModel model)
    {
        _engine = engine;
        _model = model;
    }

    public static async Task<EvaluationEngine> OpenAsync(
        int dimension, ServedModel model, IKernelBackend? backend, SequenceEncoder? encoder = null,
        int partitionCount = 0)
    {
        MemorySchema memory = model.Memory ?? new MemorySchema();
        InterestEngine engine = await InterestEngine.OpenAsync(new EngineOptions
        {
            Folder = null,
            Dimension = dimension,
            PartitionCount = partitionCount,
            Backend = backend,
            Policy = model.Policy,
            Encoder = encoder,
            ReRanker = model.ReRanker,

            // However busy this machine is, no list is measured that had something left out for want of time.
            ScanWaitMax = TimeSpan.FromDays(365),
            Schema = memory with
            {
                HalfLives = model.HalfLives.Count == 0 ? [model.HalfLife] : model.HalfLives,
                EventTypes = [new EventTypeRule(ActType, "act", 1f)],

                // Data sets may lie in the future of this machine's clock; nothing of them is clamped.
                FutureTolerance = TimeSpan.FromDays(36_500),
            },
        }).ConfigureAwait(false);
        return new EvaluationEngine(engine, model);
    }

    /// <summary>Puts items in the order given, so that an item's place is its catalogue index.</summary>
    public async Task PutItemsAsync(IEnumerable<ItemPut> items)
    {
        foreach (ItemPut[] chunk in items.Chunk(ItemsPerCall))
        {
            ItemChangeReply reply = await _engine.PutItemsAsync(chunk).ConfigureAwait(false);
            for (int index = 0; index < chunk.Length; index++)
            {
                if (reply.Statuses[index] != EntryStatus.Ok)
                {
                    throw new DataFileException($"the item '{chunk[index].Id}' is refused: {reply.Statuses[index]}.");
                }
            }
        }
    }

    /// <summary>
    /// Folds acts (item, ms) of one user, in order, then answers with a list; all items must be known.
    /// </summary>
    public async Task<Recommendation> ActAsync(
        OpaqueId user, IEnumerable<(OpaqueId Item, long TimeMs)> acts, RecommendQuery query)
    {
        BehaviourEvent[][] calls =
            [.. acts.Select(act => new BehaviourEvent(user, act.Item, ActType, act.TimeMs)).Chunk(EventsPerCall)];
        foreach (BehaviourEvent[] call in calls.SkipLast(1))
        {
            ObserveReply reply = await _engine.ObserveAsync(call).ConfigureAwait(false);
            CheckFolded(call, reply.Statuses);
        }

        if (calls.Length == 0)
        {
            return await _engine.RecommendAsync(user, query).ConfigureAwait(false);
        }

        ActReply answer = await _engine.ActAsync(user, calls[^1], query).ConfigureAwait(false);
        CheckFolded(calls[^1], answer.Statuses);
        return answer.Recommendation;
    }

    /// <summary>
    /// Folds acts of any users in the order given, waits until every source has learned from them, and lets no later
    /// act teach but those of the next call.
    /// </summary>
    public async Task TeachAsync(IEnumerable<(OpaqueId User, OpaqueId Item, long TimeMs)> acts)
    {
        await _engine.ResumeSourcesAsync().ConfigureAwait(false);
        foreach ((OpaqueId User, OpaqueId Item, long TimeMs)[] call in acts.Chunk(EventsPerTeaching))
        {
            BehaviourEvent[] events = [.. call.Select(
                act => new BehaviourEvent(act.User, act.Item, ActType, act.TimeMs))];
            ObserveReply reply = await _engine.ObserveAsync(events).ConfigureAwait(false);
            CheckFolded(events, reply.Statuses);

            // The learner may drop what it has no room for; here it must not.
            await _engine.SettleSourcesAsync().ConfigureAwait(false);
        }

        await _engine.FreezeSourcesAsync().ConfigureAwait(false);
        if (_engine.GetStats().SourceEventsDropped is > 0 and long dropped)
        {
            throw new DataFileException($"the sources did not learn {dropped} of the events.");
        }
    }

    /// <summary>Another model, with its item vectors, while serving; done when every user is of its space.</summary>
    public async Task ChangeModelAsync(SequenceEncoder encoder)
    {
        await _engine.ChangeModelAsync(encoder).ConfigureAwait(false);
        await _engine.SettleSchemaAsync().ConfigureAwait(false);
    }

    /// <summary>Other weights, with what is learned as it is.</summary>
    public void SetSources(SourcePolicy sources) => _engine.SetPolicy((_model with { Sources = sources }).Policy);

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private static void CheckFolded(BehaviourEvent[] events, IReadOnlyList<EntryStatus> statuses)
    {
        for (int index = 0; index < events.Length; index++)
        {
            if (statuses[index] != EntryStatus.Ok)
            {
                throw new DataFileException(
                    $"the event of '{events[index].Item}' at {events[index].TimeMs} ms is refused: {statuses[index]}.");
            }
        }
    }
}
