using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Transport;

public sealed class EbbServerTests
{
    [Fact]
    public async Task Start_PortInUse_SaysWhichInOneLine()
    {
        await using var first = await ServerHarness.StartAsync();
        await using var second = new EbbServer(
            new FakeEngineDoor(), new EbbServerOptions { Endpoint = first.Endpoint });

        var failure = await Assert.ThrowsAsync<EbbServerStartException>(() => second.StartAsync());

        Assert.Contains($"Port {first.Endpoint.Port} ", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public async Task Start_PortZero_TellsThePortBound()
    {
        await using var harness = await ServerHarness.StartAsync();

        Assert.NotEqual(0, harness.Endpoint.Port);
    }

    [Fact]
    public async Task Stop_Twice_IsFine()
    {
        await using var harness = await ServerHarness.StartAsync();

        await harness.Server.StopAsync();
        await harness.Server.StopAsync();

        Assert.Equal(0, harness.Server.ConnectionCount);
    }
}
