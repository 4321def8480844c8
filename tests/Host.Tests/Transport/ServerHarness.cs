using System.Net;
using Ebb.Protocol;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Transport;

/// <summary>A server on a free loopback port before a fake engine.</summary>
internal sealed class ServerHarness : IAsyncDisposable
{
    private ServerHarness(FakeEngineDoor engine, EbbServer server)
    {
        Engine = engine;
        Server = server;
    }

    public FakeEngineDoor Engine { get; }

    public EbbServer Server { get; }

    public IPEndPoint Endpoint => Server.Endpoint;

    public static async Task<ServerHarness> StartAsync(
        Func<EbbServerOptions, EbbServerOptions>? configure = null, FakeEngineDoor? engine = null)
    {
        var options = new EbbServerOptions
        {
            Endpoint = new IPEndPoint(IPAddress.Loopback, 0),

            // The fake engine writes nothing.
            BackupFolder = Path.GetTempPath(),
        };
        engine ??= new FakeEngineDoor();
        var server = new EbbServer(engine, configure?.Invoke(options) ?? options);
        await server.StartAsync();
        return new ServerHarness(engine, server);
    }

    /// <summary>A connection that speaks bytes, greeted unless told otherwise.</summary>
    public async Task<RawConnection> ConnectAsync(bool isGreeted = true, ulong session = 0)
    {
        var connection = await RawConnection.ConnectAsync(Endpoint);
        if (isGreeted)
        {
            await connection.SendAsync(Frames.Hello(session));
            Assert.Equal(StatusCode.Ok, (await connection.ReadAsync()).Header.Status);
        }

        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        Engine.IsHolding = false;
        Engine.ReleaseAll();
        await Server.DisposeAsync();
    }
}
