using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Ebb.Server.Transport.Epoll;

/// <summary>
/// Kestrel's seam for a transport, over <see cref="EpollLoop"/>. Linux alone; elsewhere, and under TLS, Kestrel's own
/// sockets serve.
/// </summary>
internal sealed class EpollTransportFactory(int loopCount, ILogger logger) : IConnectionListenerFactory
{
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(new EpollListener(endpoint, loopCount, logger));
}
