using Ebb.Client;
using Ebb.Host.Tests.Transport;
using Ebb.Protocol;
using Xunit;

namespace Ebb.Host.Tests.Client;

/// <summary>Connections that break: nothing is lost, nothing counts twice.</summary>
public sealed class ReconnectTests
{
    [Fact]
    public async Task Cut_RepliesLost_ResendCountsOnce()
    {
        await using var harness = await ServerHarness.StartAsync();
        await using var proxy = new CuttingProxy(harness.Endpoint);
        await using var client = await ConnectAsync(proxy);
        proxy.IsMute = true;
        var calls = Enumerable.Range(0, 50).Select(index => client.ObserveAsync([View($"{index}")])).ToArray();
        await Until.TrueAsync(() => harness.Engine.Folded.Count == 50);

        proxy.IsMute = false;
        proxy.Cut();

        Assert.All(await Task.WhenAll(calls), result => Assert.Equal([StatusCode.Ok], result.Statuses));
        Assert.Equal(1, client.ReconnectCount);
        Assert.Equal(Enumerable.Range(0, 50).Select(index => $"{index}"),
            harness.Engine.Folded.Select(one => one.Item));
    }

    [Fact]
    public async Task Cut_AgainAndAgainWhileWriting_EveryEventCountsOnce()
    {
        await using var harness = await ServerHarness.StartAsync();
        await using var proxy = new CuttingProxy(harness.Endpoint);
        await using var client = await ConnectAsync(proxy);
        var writing = Task.Run(async () =>
        {
            for (int batch = 0; batch < 40; batch++)
            {
                await Task.WhenAll(Enumerable.Range(0, 25).Select(index =>
                    client.ObserveAsync([View($"{(batch * 25) + index}")])));
            }
        });

        for (int cut = 1; cut <= 5; cut++)
        {
            int seen = cut * 150;
            await Until.TrueAsync(() => harness.Engine.Folded.Count >= seen || writing.IsCompleted);
            proxy.Cut();
        }

        await writing;
        Assert.Equal(Enumerable.Range(0, 1000).Select(index => $"{index}"),
            harness.Engine.Folded.Select(one => one.Item));
        Assert.InRange(client.ReconnectCount, 1, 5);
    }

    [Fact]
    public async Task ServerCrashed_AppliedButNotDurable_IsSentToTheNextOne()
    {
        var lost = new FakeEngineDoor { IsAlwaysDurable = false };
        var next = new FakeEngineDoor();
        await using var crashed = await ServerHarness.StartAsync(engine: lost);
        await using var healthy = await ServerHarness.StartAsync(engine: next);
        await using var proxy = new CuttingProxy(crashed.Endpoint);
        await using var client = await ConnectAsync(proxy);
        await client.ObserveAsync([View("safe")]);
        lost.Commit();
        await Until.TrueAsync(() => client.DurableUpTo == 1);
        await client.ObserveAsync([View("applied")]);
        await client.ActAsync("ann", [new EbbAction("acted", EbbEventType.View, 1)]);

        proxy.Target = healthy.Endpoint;
        proxy.Cut();
        await client.FlushAsync();

        Assert.Equal(["applied", "acted"], next.Folded.Select(one => one.Item));
        Assert.Equal([2UL, 3UL], next.Folded.Select(one => one.Sequence));
        Assert.Equal(3UL, client.DurableUpTo);
    }

    [Fact]
    public async Task Cut_ReadInFlight_IsAskedAgain()
    {
        await using var harness = await ServerHarness.StartAsync();
        harness.Engine.IsHolding = true;
        await using var proxy = new CuttingProxy(harness.Endpoint);
        await using var client = await ConnectAsync(proxy);
        var call = client.RecommendAsync("ann", new EbbQuery { Count = 4 });
        await Until.TrueAsync(() => harness.Engine.HeldCount == 1);

        proxy.Cut();
        await Until.TrueAsync(() => harness.Engine.HeldCount == 2);
        harness.Engine.ReleaseAll();

        Assert.Equal(4, (await call).Items.Count);
    }

    [Fact]
    public async Task Cut_OpenCatalogueChange_FailsAndShowsNothing()
    {
        await using var harness = await ServerHarness.StartAsync();
        await using var proxy = new CuttingProxy(harness.Endpoint);
        await using var client = await ConnectAsync(proxy);
        await using var change = client.BeginCatalogueChange();
        await change.PutAsync([new EbbItem("a", new float[] { 1, 2 })]);

        proxy.Cut();
        await Until.TrueAsync(() => client.ReconnectCount == 1);
        await client.PingAsync();

        await Assert.ThrowsAsync<EbbConnectionException>(() => change.PublishAsync());
        Assert.Empty(harness.Engine.Items);
    }

    [Fact]
    public async Task ServerStops_ClientFindsItAgainOnTheSamePort()
    {
        var engine = new FakeEngineDoor();
        var first = await ServerHarness.StartAsync(engine: engine);
        var endpoint = first.Endpoint;
        await using var client = await EbbClient.ConnectAsync(new EbbClientOptions
        {
            Endpoint = endpoint,
            BackoffMin = TimeSpan.FromMilliseconds(5),
            BackoffMax = TimeSpan.FromMilliseconds(20),
        });
        await client.ObserveAsync([View("before")]);
        await first.Server.DisposeAsync();
        var call = client.ObserveAsync([View("between")]);

        await using var second = await ServerHarness.StartAsync(
            options => options with { Endpoint = endpoint }, engine);

        Assert.Equal([StatusCode.Ok], (await call).Statuses);
        Assert.Equal(["before", "between"], engine.Folded.Select(one => one.Item));
    }

    [Fact]
    public async Task ResendWindow_Full_HoldsWritesBackUntilDurable()
    {
        var engine = new FakeEngineDoor { IsAlwaysDurable = false };
        await using var harness = await ServerHarness.StartAsync(engine: engine);
        await using var client = await EbbClientTests.ConnectAsync(
            harness, options => options with { ResendBytesMax = 200 });
        EbbEvent[] events = [View("0123456789012345678901234567890123456789")];
        await client.ObserveAsync(events);
        await client.ObserveAsync(events);
        var third = client.ObserveAsync(events);
        var read = client.RecommendAsync("ann");

        Assert.Equal(2, engine.Folded.Count);
        Assert.False(third.IsCompleted);
        engine.Commit();

        Assert.Equal([StatusCode.Ok], (await third).Statuses);
        await read;
    }

    [Fact]
    public async Task NoReconnect_AfterALoss_EveryCallFails()
    {
        await using var harness = await ServerHarness.StartAsync();
        await using var proxy = new CuttingProxy(harness.Endpoint);
        await using var client = await ConnectAsync(proxy, options => options with { Reconnect = false });

        proxy.Cut();

        await Assert.ThrowsAsync<EbbConnectionException>(async () =>
        {
            while (true)
            {
                await client.PingAsync();
            }
        });
    }

    [Fact]
    public async Task Connect_NobodyThere_FailsWithOneLine()
    {
        var harness = await ServerHarness.StartAsync();
        var endpoint = harness.Endpoint;
        await harness.DisposeAsync();

        var failure = await Assert.ThrowsAsync<EbbConnectionException>(
            () => EbbClient.ConnectAsync(new EbbClientOptions { Endpoint = endpoint }));

        Assert.Contains(endpoint.ToString(), failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    private static EbbEvent View(string item) => new("ann", item, EbbEventType.View, 1);

    private static Task<EbbClient> ConnectAsync(
        CuttingProxy proxy, Func<EbbClientOptions, EbbClientOptions>? configure = null)
    {
        var options = new EbbClientOptions
        {
            Endpoint = proxy.Endpoint,
            BackoffMin = TimeSpan.FromMilliseconds(5),
            BackoffMax = TimeSpan.FromMilliseconds(20),
        };
        return EbbClient.ConnectAsync(configure?.Invoke(options) ?? options);
    }
}
