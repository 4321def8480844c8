using System.Net;
using Ebb.Engine;
using Ebb.Server.Transport;

namespace Ebb.Server.Hosting;

/// <summary>
/// An engine and the server in front of it, started and stopped as one. Stopping finishes what is in flight, exports,
/// and releases the folder, in that order.
/// </summary>
public sealed class ServerHost : IAsyncDisposable
{
    private readonly EbbServer _server;

    private ServerHost(InterestEngine engine, EbbServer server)
    {
        Engine = engine;
        _server = server;
    }

    public InterestEngine Engine { get; }

    /// <summary>Where the server listens, with its real port.</summary>
    public IPEndPoint Endpoint => _server.Endpoint;

    /// <exception cref="EngineStartException">The folder does not open.</exception>
    /// <exception cref="EbbServerStartException">The address is taken; the folder is released again.</exception>
    public static async Task<ServerHost> StartAsync(ServeOptions options, CancellationToken cancellation = default)
    {
        options.Server.UserKeys.Check(options.Engine.Folder);
        InterestEngine engine = await InterestEngine.OpenAsync(options.Engine, cancellation);
        var server = new EbbServer(engine, options.Server);
        try
        {
            if (options.Encoder is { } encoder)
            {
                // A change that the last run did not bring to its end goes first.
                await engine.SettleSchemaAsync();
                await engine.ChangeModelAsync(encoder);
            }

            await server.StartAsync(cancellation);
        }
        catch
        {
            await server.DisposeAsync();
            await engine.DisposeAsync();
            throw;
        }

        return new ServerHost(engine, server);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await Engine.DisposeAsync();
    }
}
