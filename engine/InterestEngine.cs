using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;

namespace Ebb.Engine;

/// <summary>
/// The engine as a library: events in, what a user wants now out. Open one per folder; every method may be called
/// from any thread; writes of one user take effect in the order in which they were called.
/// </summary>
public sealed class InterestEngine : IAsyncDisposable
{
    /// <summary>Opens a folder (creating it), recovers it to the fold of its log, and takes its lock.</summary>
    /// <exception cref="EngineStartException">Locked, corrupt, of a newer format, or of another dimension.</exception>
    public static Task<InterestEngine> OpenAsync(EngineOptions options, CancellationToken cancellation = default) =>
        throw new NotImplementedException();

    public EngineOptions Options => throw new NotImplementedException();

    /// <summary>Adds or replaces items as one generation. A refused item has its status; the rest are put.</summary>
    public Task<ItemChangeReply> PutItemsAsync(IReadOnlyList<ItemPut> items, AckLevel ack = AckLevel.Applied) =>
        throw new NotImplementedException();

    /// <summary>Removes items as one generation.</summary>
    public Task<ItemChangeReply> RemoveItemsAsync(IReadOnlyList<OpaqueId> items, AckLevel ack = AckLevel.Applied) =>
        throw new NotImplementedException();

    /// <summary>Opens a change that becomes visible as one generation when published.</summary>
    public CatalogueChange BeginCatalogueChange() => throw new NotImplementedException();

    /// <summary>Folds events of any users. Every event has its own status.</summary>
    public Task<ObserveReply> ObserveAsync(IReadOnlyList<BehaviourEvent> events, WriteOptions write = default) =>
        throw new NotImplementedException();

    public Task<Recommendation> RecommendAsync(OpaqueId user, RecommendQuery query) =>
        throw new NotImplementedException();

    /// <summary>Folds this user's events, then answers: the list reflects them, always.</summary>
    public Task<ActReply> ActAsync(
        OpaqueId user, IReadOnlyList<BehaviourEvent> events, RecommendQuery query, WriteOptions write = default) =>
        throw new NotImplementedException();

    /// <summary>Scores up to 10,000 candidates for a user.</summary>
    public Task<RankReply> RankAsync(OpaqueId user, IReadOnlyList<RankCandidate> candidates, long? nowMs = null) =>
        throw new NotImplementedException();

    public Task<InterestProfile> ProfileAsync(OpaqueId user, long? nowMs = null) => throw new NotImplementedException();

    /// <summary>Swaps the serving policy; kept lists of the old one are not served any more.</summary>
    public void SetPolicy(ServingPolicy policy) => throw new NotImplementedException();

    /// <summary>
    /// The path that allocates nothing: hands a filled request to the partitions of its users. Its Completion is told
    /// exactly once, possibly before this returns. Never throws for what a request holds.
    /// </summary>
    public void Submit(EngineRequest request) => throw new NotImplementedException();

    /// <summary>Every entry of the partition up to this sequence survives a crash.</summary>
    public ulong DurableSequence(ushort partition) => throw new NotImplementedException();

    /// <summary>Raised on an engine thread after each group commit, when durable sequences have moved.</summary>
    public event Action? DurableAdvanced
    {
        add => throw new NotImplementedException();
        remove => throw new NotImplementedException();
    }

    public EngineStats GetStats() => throw new NotImplementedException();

    /// <summary>SHA-256 over every user's folded bytes in key order and each partition's folded counters.</summary>
    public Task<byte[]> ComputeStateHashAsync() => throw new NotImplementedException();

    /// <summary>Writes and publishes a base of every partition while serving.</summary>
    public Task ExportAsync(CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>Completes what is in flight, commits, exports, releases the folder.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
