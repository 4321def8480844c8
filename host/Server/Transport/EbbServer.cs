using System.Net;
using Ebb.Engine;
using Ebb.Server.Security;
using Ebb.Server.Transport.Epoll;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Ebb.Server.Transport;

/// <summary>
/// The wire in front of an engine: listens on one TCP endpoint and speaks host/Protocol/PROTOCOL.md. Does not own the
/// engine: stop the server first, then dispose the engine.
/// </summary>
public sealed class EbbServer : IAsyncDisposable
{
    private readonly EbbServerOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly ConnectionRegistry _connections;
    private readonly TransportMetrics _metrics;
    private readonly ServerCore _core;
    private KestrelServer? _kestrel;
    private ListenOptions? _listen;

    public EbbServer(InterestEngine engine, EbbServerOptions? options = null)
        : this(new EngineDoor(engine), options ?? new EbbServerOptions())
    {
    }

    internal EbbServer(IEngineDoor engine, EbbServerOptions options)
    {
        _options = options;
        _loggers = options.LoggerFactory ?? NullLoggerFactory.Instance;
        _logger = _loggers.CreateLogger("Ebb.Server.Transport");
        _connections = new ConnectionRegistry(engine, options);
        _metrics = new TransportMetrics(_connections);
        _core = new ServerCore(engine, options, _connections, _metrics, _logger);
    }

    /// <summary>The endpoint bound, with its real port. Valid after StartAsync.</summary>
    public IPEndPoint Endpoint => _listen?.IPEndPoint
        ?? throw new InvalidOperationException("The server has not been started.");

    public int ConnectionCount => _connections.Count;

    /// <exception cref="EbbServerStartException">The port is in use, or the address is not this machine's.</exception>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        if (_kestrel is not null)
        {
            throw new InvalidOperationException("A server is started once.");
        }

        RequireProtection();
        var handler = new EbbConnectionHandler(_core);
        var gate = new AddressGate(_options);
        TlsDoor? tls = _options.Tls is { } material ? new TlsDoor(material, _options, _logger) : null;
        var kestrelOptions = new KestrelServerOptions { AddServerHeader = false };
        kestrelOptions.Listen(_options.Endpoint, listen =>
        {
            _listen = listen;
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(_ => connection => handler.OnEnteredAsync(connection, gate, tls));
        });

        // Inline: a read goes from the socket through our loop to the engine, and replies go back, on one thread. What
        // runs there never blocks on a peer, and the engine moves long scans to a thread of its own.
        _kestrel = new KestrelServer(Options.Create(kestrelOptions), TransportFactory(), _loggers);
        try
        {
            await _kestrel.StartAsync(new NoHttp(), cancellation);
        }
        catch (Exception failure) when (failure is IOException or System.Net.Sockets.SocketException)
        {
            // Nothing was bound: there is nothing to stop, and nothing to log about stopping it.
            _kestrel.Dispose();
            _kestrel = null;
            throw new EbbServerStartException(Describe(failure), failure);
        }

        _connections.Start();
        TransportLog.Listening(_logger, Endpoint);
    }

    /// <summary>
    /// Stops reading, finishes what is in flight, flushes, closes. Aborts what is left at StopTimeout.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellation = default)
    {
        if (_kestrel is not { } kestrel || _connections.IsStopping)
        {
            return;
        }

        TransportLog.Stopping(_logger, ConnectionCount);
        _connections.RequestCloseAll();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_options.StopTimeout);
        await kestrel.StopAsync(limit.Token);
    }

    /// <summary>Stops if still running.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _kestrel?.Dispose();
        await _connections.DisposeAsync();
        _metrics.Dispose();
    }

    private IConnectionListenerFactory TransportFactory() => _options.UsesEpoll
        ? EpollFactory()
        : new SocketTransportFactory(
            Options.Create(new SocketTransportOptions
            {
                UnsafePreferInlineScheduling = true,

                // One receive a request instead of two, for a block of 4 KiB that an idle connection keeps.
                WaitForDataBeforeAllocatingBuffer = false,
            }), _loggers);

    private EpollTransportFactory EpollFactory()
    {
        int asked = _options.SocketThreadCount;
        var factory = new EpollTransportFactory(asked > 0 ? asked : Environment.ProcessorCount, asked == 0, _logger);
        _metrics.WatchSocketThreads(() => factory.ActiveCount);
        return factory;
    }

    // Protected mode: a server that asks nobody is for this machine alone.
    private void RequireProtection()
    {
        bool asksNobody = _options.Access is null && _options.Tls is not { IsMutual: true };
        bool isLocal = IPAddress.IsLoopback(_options.Endpoint.Address);
        if (asksNobody && !isLocal && !_options.IsUnprotected)
        {
            throw new EbbServerStartException(
                $"{_options.Endpoint} is reached from other machines and nobody would be asked who they are: give"
                    + " --access or --tls-client-ca, listen on 127.0.0.1, or say --unprotected.",
                null);
        }

        if (asksNobody && !isLocal)
        {
            SecurityLog.Unprotected(_logger, _options.Endpoint);
        }

        if (_options.Access is not null && _options.Tls is null && !isLocal)
        {
            SecurityLog.TokensInTheClear(_logger, _options.Endpoint);
        }
    }

    private string Describe(Exception failure) => failure.InnerException is AddressInUseException
        ? $"Port {_options.Endpoint.Port} on {_options.Endpoint.Address} is in use: stop what listens there, "
            + "or choose another port (0 for a free one)."
        : $"Cannot listen on {_options.Endpoint}: {failure.Message}";

    // Kestrel asks for an application; every connection ends in our handler before HTTP is reached.
    private sealed class NoHttp : IHttpApplication<int>
    {
        public int CreateContext(IFeatureCollection contextFeatures) => 0;

        public Task ProcessRequestAsync(int context) => Task.CompletedTask;

        public void DisposeContext(int context, Exception? exception)
        {
        }
    }
}
