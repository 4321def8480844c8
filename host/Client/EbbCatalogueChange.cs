using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>
/// Items staged on the server out of sight, shown together by Publish. Not thread-safe but pipelined: Put may be called
/// again before the last one is answered. Disposing without publishing drops what was staged. One at a time per client:
/// the server knows one open change per connection.
/// </summary>
public sealed class EbbCatalogueChange : IAsyncDisposable
{
    private readonly EbbClient _client;
    private int _linkEpoch;
    private bool _isOver;

    internal EbbCatalogueChange(EbbClient client)
    {
        _client = client;
    }

    public Task<ItemChangeResult> PutAsync(IReadOnlyList<EbbItem> items, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        return _client.PutItemsAsync(items, FrameFlags.Stage, this, cancellation);
    }

    public Task<ItemChangeResult> RemoveAsync(IReadOnlyList<EbbId> items, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        return _client.RemoveItemsAsync(items, FrameFlags.Stage, this, cancellation);
    }

    /// <summary>Shows everything staged; returns the generation.</summary>
    public async Task<ulong> PublishAsync(EbbAck ack = EbbAck.Applied, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        _isOver = true;
        var flags = FrameFlags.Publish | (ack == EbbAck.Durable ? FrameFlags.Durable : FrameFlags.None);
        return (await _client.PutItemsAsync([], flags, this, cancellation)).Generation;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isOver || _linkEpoch == 0)
        {
            return;
        }

        _isOver = true;
        try
        {
            await _client.PutItemsAsync([], FrameFlags.Discard, this, CancellationToken.None);
        }
        catch (Exception failure) when (failure is EbbConnectionException or EbbException or ObjectDisposedException)
        {
            // The connection is gone and what was staged with it.
        }
    }

    /// <summary>The first frame binds the change to the link in use; false when that link is not this one.</summary>
    internal bool BindTo(int linkEpoch, bool isLinked)
    {
        if (_linkEpoch == 0 && isLinked)
        {
            _linkEpoch = linkEpoch;
        }

        return isLinked && _linkEpoch == linkEpoch;
    }
}
