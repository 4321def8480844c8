using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Ebb.Server.Transport.Epoll;

/// <summary>
/// Kestrel's seam for a transport, over <see cref="EpollLoop"/>. Linux alone; elsewhere, and under TLS, Kestrel's own
/// sockets serve.
/// </summary>
/// <param name="loopCount">Loops of a listener; at most, where they are scaled.</param>
/// <param name="isScaled">Whether as many of them serve as the load is served best by.</param>
/// <param name="logger">For what fails within a loop.</param>
internal sealed class EpollTransportFactory(int loopCount, bool isScaled, ILogger logger) : IConnectionListenerFactory
{
    private volatile EpollListener? _last;

    /// <summary>Loops that serve the listener bound last.</summary>
    public int ActiveCount => _last?.Loops.ActiveCount ?? 0;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(_last = new EpollListener(endpoint, loopCount, isScaled, logger));
}
