using System.Net;
using Ebb.Client;
using Ebb.Engine;
using Ebb.Engine.Interest;
using Ebb.Engine.Policy;
using Ebb.Server.Hosting;
using Ebb.Server.Transport;

namespace Ebb.Host.Tests.Commands;

/// <summary>A server in memory on a free loopback port.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly ServerHost _host;

    private RunningServer(ServerHost host)
    {
        _host = host;
    }

    public string Address => _host.Endpoint.ToString();

    public static async Task<RunningServer> StartAsync(
        int dimension, MemorySchema? schema = null, PolicySet? policies = null)
    {
        var engine = new EngineOptions
        {
            Dimension = dimension,
            PartitionCount = 2,
            Schema = schema,
            Policies = policies,
        };
        var server = new EbbServerOptions { Endpoint = new IPEndPoint(IPAddress.Loopback, 0) };
        return new RunningServer(await ServerHost.StartAsync(new ServeOptions(engine, server)));
    }

    public Task<EbbClient> ConnectAsync() =>
        EbbClient.ConnectAsync(new EbbClientOptions { Endpoint = _host.Endpoint });

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
