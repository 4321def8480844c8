using Ebb.Engine;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Ebb.Kernels.Backends;

namespace Ebb.Evaluation;

/// <summary>
/// An engine in memory as evaluation wants it: one half-life, every act of weight 1, and lists that are always exact
/// and made anew. Used by any thread; owns the engine.
/// </summary>
internal sealed class EvaluationEngine : IAsyncDisposable
{
    /// <summary>The type that every act is observed as.</summary>
    private const byte ActType = EventTypes.View;

    private const int EventsPerCall = 256;
    private const int ItemsPerCall = 4096;

    private static readonly ServingPolicy ExactLists = new()
    {
        // Any drift is at or above this, and a λ of 1 is relevance alone: the list is the scan's own, ties included
        // (a refresh would let a shown item stay in place of an equal one).
        ShiftFrom = -1,
        KeepBelow = -1,
        DiversityLambda = 1,
        RefreshTolerance = 0,
        CandidateFactor = 1,
    };

    private readonly InterestEngine _engine;

    private EvaluationEngine(InterestEngine engine)
    {
        _engine = engine;
    }

    public static async Task<EvaluationEngine> OpenAsync(int dimension, TimeSpan halfLife, IKernelBackend? backend)
    {
        InterestEngine engine = await InterestEngine.OpenAsync(new EngineOptions
        {
            Folder = null,
            Dimension = dimension,
            Backend = backend,
            Policy = ExactLists,
            Schema = new MemorySchema
            {
                HalfLives = [halfLife],
                EventTypes = [new EventTypeRule(ActType, "act", 1f)],

                // Data sets may lie in the future of this machine's clock; nothing of them is clamped.
                FutureTolerance = TimeSpan.FromDays(36_500),
            },
        }).ConfigureAwait(false);
        return new EvaluationEngine(engine);
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

    /// <summary>Folds acts (item, ms) of one user, in order; all items must be known.</summary>
    public async Task ObserveAsync(OpaqueId user, IEnumerable<(OpaqueId Item, long TimeMs)> acts)
    {
        foreach ((OpaqueId Item, long TimeMs)[] chunk in acts.Chunk(EventsPerCall))
        {
            var events = Array.ConvertAll(chunk, act => new BehaviourEvent(user, act.Item, ActType, act.TimeMs));
            ObserveReply reply = await _engine.ObserveAsync(events).ConfigureAwait(false);
            for (int index = 0; index < events.Length; index++)
            {
                if (reply.Statuses[index] != EntryStatus.Ok)
                {
                    throw new DataFileException(
                        $"the event of '{events[index].Item}' at {events[index].TimeMs} ms is refused: {reply.Statuses[index]}.");
                }
            }
        }
    }

    public Task<Recommendation> RecommendAsync(OpaqueId user, int count, long? nowMs = null) =>
        _engine.RecommendAsync(user, new RecommendQuery { Count = count, NowMs = nowMs });

    public ValueTask DisposeAsync() => _engine.DisposeAsync();
}
