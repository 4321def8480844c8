using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>
/// Items staged on the server out of sight, shown together by Publish. Not thread-safe but pipelined: Put may be called
/// again before the last one is answered. Disposing without publishing drops what was staged.
/// </summary>
public sealed class EbbCatalogueChange : IAsyncDisposable
{
    public Task<ItemChangeResult> PutAsync(IReadOnlyList<EbbItem> items, CancellationToken cancellation = default) =>
        throw new NotImplementedException();

    public Task<ItemChangeResult> RemoveAsync(IReadOnlyList<EbbId> items, CancellationToken cancellation = default) =>
        throw new NotImplementedException();

    /// <summary>Shows everything staged; returns the generation.</summary>
    public Task<ulong> PublishAsync(EbbAck ack = EbbAck.Applied, CancellationToken cancellation = default) =>
        throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
