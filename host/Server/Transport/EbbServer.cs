using System.Net;
using Ebb.Engine;

namespace Ebb.Server.Transport;

/// <summary>
/// The wire in front of an engine: listens on one TCP endpoint and speaks host/Protocol/PROTOCOL.md. Does not own the
/// engine: stop the server first, then dispose the engine.
/// </summary>
public sealed class EbbServer : IAsyncDisposable
{
    public EbbServer(InterestEngine engine, EbbServerOptions? options = null)
    {
        _ = engine;
        _ = options;
    }

    /// <summary>The endpoint bound, with its real port. Valid after StartAsync.</summary>
    public IPEndPoint Endpoint => throw new NotImplementedException();

    public int ConnectionCount => throw new NotImplementedException();

    /// <exception cref="EbbServerStartException">The port is in use, or the address is not this machine's.</exception>
    public Task StartAsync(CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>Stops reading, finishes what is in flight, flushes, closes. Aborts what is left at StopTimeout.</summary>
    public Task StopAsync(CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>Stops if still running.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
