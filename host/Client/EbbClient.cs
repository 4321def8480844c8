using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>
/// One pipelined connection to a server, from any thread: calls overlap freely, answers are matched by correlation id.
/// Writes carry the client's session and rising sequences, are kept until the server says that they are durable, and
/// are sent again after a reconnect, so that none is lost and none counts twice. One user's writes take effect in the
/// order of the calls.
/// </summary>
public sealed class EbbClient : IAsyncDisposable
{
    /// <exception cref="EbbConnectionException">No connection within ConnectTimeout.</exception>
    public static Task<EbbClient> ConnectAsync(EbbClientOptions options, CancellationToken cancellation = default) =>
        throw new NotImplementedException();

    public EbbClientOptions Options => throw new NotImplementedException();

    /// <summary>As of the last connect.</summary>
    public EbbServerInfo Server => throw new NotImplementedException();

    public ulong Session => throw new NotImplementedException();

    /// <summary>Every event of this session up to this sequence survives a crash of the server.</summary>
    public ulong DurableUpTo => throw new NotImplementedException();

    /// <summary>Sequence of the last event written; 0 before the first.</summary>
    public ulong LastSequence => throw new NotImplementedException();

    /// <summary>Times that the connection was made anew.</summary>
    public int ReconnectCount => throw new NotImplementedException();

    /// <summary>The round-trip time.</summary>
    public Task<TimeSpan> PingAsync(CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>Events of any users; at most Server.Limits.BatchEntriesMax.</summary>
    public Task<ObserveResult> ObserveAsync(
        IReadOnlyList<EbbEvent> events, EbbAck ack = EbbAck.Applied, CancellationToken cancellation = default) =>
        throw new NotImplementedException();

    public Task<RecommendResult> RecommendAsync(
        EbbId user, EbbQuery? query = null, CancellationToken cancellation = default) =>
        throw new NotImplementedException();

    /// <summary>Applies these events, then answers: the list reflects them.</summary>
    public Task<ActResult> ActAsync(
        EbbId user,
        IReadOnlyList<EbbAction> events,
        EbbQuery? query = null,
        EbbAck ack = EbbAck.Applied,
        CancellationToken cancellation = default) =>
        throw new NotImplementedException();

    /// <summary>Scores up to 10,000 candidates for a user.</summary>
    public Task<RankResult> RankAsync(
        EbbId user,
        IReadOnlyList<EbbCandidate> candidates,
        long? nowMs = null,
        CancellationToken cancellation = default) =>
        throw new NotImplementedException();

    public Task<ProfileResult> ProfileAsync(
        EbbId user, long? nowMs = null, CancellationToken cancellation = default) =>
        throw new NotImplementedException();

    /// <summary>Adds or replaces items as one generation of their own.</summary>
    public Task<ItemChangeResult> PutItemsAsync(
        IReadOnlyList<EbbItem> items, EbbAck ack = EbbAck.Applied, CancellationToken cancellation = default) =>
        throw new NotImplementedException();

    public Task<ItemChangeResult> RemoveItemsAsync(
        IReadOnlyList<EbbId> items, EbbAck ack = EbbAck.Applied, CancellationToken cancellation = default) =>
        throw new NotImplementedException();

    /// <summary>
    /// Opens a change of as many frames as it takes that becomes visible as one generation. One at a time per client; a
    /// lost connection drops it, and its calls then fail with <see cref="EbbConnectionException"/>.
    /// </summary>
    public EbbCatalogueChange BeginCatalogueChange() => throw new NotImplementedException();

    /// <summary>The server's counters, names and values as text.</summary>
    public Task<IReadOnlyDictionary<string, string>> StatsAsync(CancellationToken cancellation = default) =>
        throw new NotImplementedException();

    /// <summary>Completes when everything written so far is durable.</summary>
    public Task FlushAsync(CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>Closes the connection. Calls without an answer fail; nothing more is resent.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
