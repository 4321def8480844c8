using System.Net;
using System.Runtime.Intrinsics.X86;
using Ebb.Client;
using Ebb.Engine;
using Ebb.Host.Tests.Client;
using Ebb.Protocol;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Transport;

/// <summary>The whole river: client, wire, server, engine.</summary>
public sealed class RealEngineTests
{
    private static readonly EbbItem[] Items =
    [
        new("north", new float[] { 0, 1 }) { Category = "cold" },
        new("east", new float[] { 1, 0 }) { Category = "warm" },
        new("north-east", new float[] { 0.7f, 0.7f }) { Category = "warm" },
    ];

    [Fact]
    public async Task Act_TheLastClickCountsInItsOwnReply()
    {
        await using var engine = await InterestEngine.OpenAsync(new EngineOptions { Dimension = 2 });
        await using var server = await StartAsync(engine);
        await using var client = await ConnectAsync(server.Endpoint);
        Assert.Equal([StatusCode.Ok, StatusCode.Ok, StatusCode.Ok], (await client.PutItemsAsync(Items)).Statuses);
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

        var query = new EbbQuery { Count = 3 };
        var act = await client.ActAsync("ann", [new EbbAction("north", EbbEventType.Purchase, now)], query);
        var rank = await client.RankAsync("ann", [new("east", 1f), new("north"), new("nothing")]);
        var profile = await client.ProfileAsync("ann");

        Assert.Equal([StatusCode.Ok], act.Statuses);
        Assert.Equal(["north", "north-east", "east"], act.List.Items.Select(item => item.Item.ToString()));
        Assert.Equal([StatusCode.Ok, StatusCode.Ok, StatusCode.UnknownItem], rank.Candidates.Select(one => one.Status));
        Assert.Equal(1f, rank.Candidates[1].Interest, 5);
        Assert.Equal((true, 1UL), (profile.Known, profile.EventCount));
        Assert.Equal([0f, 1f], profile.Direction);
        var past = Assert.Single(profile.RecentEvents);
        Assert.Equal(("north", EbbEventType.Purchase), (past.Item.ToString(), past.Type));
    }

    [Fact]
    public async Task Observe_QueueWithoutRoom_IsToldWhenToComeBack()
    {
        await using var engine = await InterestEngine.OpenAsync(new EngineOptions { Dimension = 2, QueueCountMax = 0 });
        await using var server = await StartAsync(engine);
        using var connection = await RawConnection.ConnectAsync(server.Endpoint);
        await connection.SendAsync(Frames.Hello());
        await connection.ReadAsync();
        await connection.SendAsync(Frames.Observe(2, [("ann", "north")]));

        var reply = await connection.ReadAsync();

        Assert.Equal(StatusCode.Overloaded, reply.Header.Status);
        Assert.Equal(StatusCode.Ok, TaggedFields.TryRead(reply.Tagged, out var fields));
        Assert.InRange(fields.RetryAfterMs, 1u, 1000u);
    }

    [Fact]
    public async Task Forget_TakesTheUserOfItsTenantAlone()
    {
        await using var engine = await InterestEngine.OpenAsync(new EngineOptions { Dimension = 2 });
        await using var server = await StartAsync(engine);
        await using var client = await ConnectAsync(server.Endpoint);
        await using var other = await ConnectAsync(server.Endpoint, options => options with { Tenant = "other" });
        await client.PutItemsAsync(Items);
        EbbEvent[] events = [new("ann", "north", EbbEventType.View, 1000)];
        await other.ObserveAsync(events);
        var observed = client.ObserveAsync(events);

        // Pipelined: what was sent before is forgotten with the rest.
        var forgotten = await client.ForgetAsync("ann");

        Assert.Equal([StatusCode.Ok], (await observed).Statuses);
        Assert.True(forgotten.Known);
        Assert.False((await client.ForgetAsync("ann")).Known);
        Assert.False((await client.ProfileAsync("ann")).Known);
        Assert.True((await other.ProfileAsync("ann")).Known);
        var refused = await Assert.ThrowsAsync<EbbException>(() => client.ForgetAsync(""));
        Assert.Equal(StatusCode.IdLength, refused.Status);
    }

    [Fact]
    public async Task Unsend_TakesOneEventOut()
    {
        await using var engine = await InterestEngine.OpenAsync(new EngineOptions { Dimension = 2 });
        await using var server = await StartAsync(engine);
        await using var client = await ConnectAsync(server.Endpoint);
        await client.PutItemsAsync(Items);
        await client.ObserveAsync([new EbbEvent("ann", "north", EbbEventType.View, 1000) { EventId = 5 }]);
        var observed = client.ObserveAsync([new EbbEvent("ann", "east", EbbEventType.View, 2000) { EventId = 6 }]);

        // Pipelined: it sees what was sent before.
        var unsent = await client.UnsendAsync("ann", 6);

        Assert.Equal([StatusCode.Ok], (await observed).Statuses);
        Assert.Equal(new UnsendResult(EbbUnsendMethod.Refolded, 2000), unsent);
        Assert.Equal([0f, 1f], (await client.ProfileAsync("ann")).Direction);
        var refused = await Assert.ThrowsAsync<EbbException>(() => client.UnsendAsync("ann", 6));
        Assert.Equal(StatusCode.UnknownEvent, refused.Status);
    }

    [Fact]
    public async Task Filter_AndTenants_HoldOverTheWire()
    {
        await using var engine = await InterestEngine.OpenAsync(new EngineOptions { Dimension = 2 });
        await using var server = await StartAsync(engine);
        await using var client = await ConnectAsync(server.Endpoint);
        await using var other = await ConnectAsync(server.Endpoint, options => options with { Tenant = "other" });
        await client.PutItemsAsync(Items);
        string longest = new('u', 64);
        await client.ObserveAsync([new EbbEvent(longest, "north", EbbEventType.View, 1000)]);

        var filter = new EbbFilter { Deny = [new EbbAttribute(EbbAttributeKind.Category, "cold")] };
        var list = await client.RecommendAsync(longest, new EbbQuery { Count = 3, Filter = filter });

        Assert.Equal(["north-east", "east"], list.Items.Select(item => item.Item.ToString()));
        Assert.True((await client.ProfileAsync(longest)).Known);
        Assert.False((await other.ProfileAsync(longest)).Known);
    }

    [Fact]
    public async Task Stats_TellWhetherDurableSurvivesAnything()
    {
        var folder = Directory.CreateTempSubdirectory("ebb-wire-");
        try
        {
            Assert.Equal("no", await StatAsync("engine.durable", new EngineOptions { Dimension = 2 }));
            EngineOptions kept = new() { Dimension = 2, Folder = folder.FullName };
            Assert.Equal("yes", await StatAsync("engine.durable", kept));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Stats_ItemRowBytes_FollowTheFormula() =>
        Assert.Equal(
            Avx2.IsSupported ? "95" : "85",
            await StatAsync("engine.item_row_bytes", new EngineOptions { Dimension = 9 }));

    [Fact]
    public async Task BadEntries_AreRefusedAndTheRestApplied()
    {
        await using var engine = await InterestEngine.OpenAsync(new EngineOptions { Dimension = 2 });
        await using var server = await StartAsync(engine);
        await using var client = await ConnectAsync(server.Endpoint);
        await client.PutItemsAsync(Items);

        var items = await client.PutItemsAsync(
        [
            new EbbItem("wide", new float[] { 1, 2, 3 }),
            new EbbItem("nan", new float[] { float.NaN, 0 }),
            new EbbItem(new string('i', 65), new float[] { 1, 0 }),
            new EbbItem("good", new float[] { 1, 0 }),
        ]);
        var events = await client.ObserveAsync(
        [
            new EbbEvent("ann", "north", 62, 1000),
            new EbbEvent("ann", "north", EbbEventType.View, 1000, float.PositiveInfinity),
            new EbbEvent("ann", "unknown", EbbEventType.View, 1000),
            new EbbEvent("ann", "north", EbbEventType.View, 1000),
        ]);

        Assert.Equal(
            [StatusCode.WrongDimension, StatusCode.NotFinite, StatusCode.IdLength, StatusCode.Ok], items.Statuses);
        Assert.Equal(
            [StatusCode.UnknownEventType, StatusCode.NotFinite, StatusCode.Parked, StatusCode.Ok], events.Statuses);
    }

    [Fact]
    public async Task Items_BeyondTheMemory_AreRefusedWithTheBytes()
    {
        await using var engine = await InterestEngine.OpenAsync(
            new EngineOptions { Dimension = 2, ItemMemoryBytesMax = 1 << 16 });
        await using var server = await StartAsync(engine);
        await using var client = await ConnectAsync(server.Endpoint);

        var refused = await client.PutItemsAsync(
            [.. Enumerable.Range(0, 4000).Select(index => new EbbItem("item-" + index, new float[] { index, 1 }))]);
        var wide = await client.PutItemsAsync([new EbbItem("wide", new float[] { 1, 2, 3 })]);

        Assert.Contains(StatusCode.OutOfMemory, refused.Statuses);
        Assert.Contains("of 65536 bytes", refused.Message);
        Assert.Null(wide.Message);
    }

    [Fact]
    public async Task InMemory_Flush_Completes()
    {
        await using var engine = await InterestEngine.OpenAsync(new EngineOptions { Dimension = 2 });
        await using var server = await StartAsync(engine);
        await using var client = await ConnectAsync(server.Endpoint);
        await client.PutItemsAsync(Items);
        await client.ObserveAsync([new EbbEvent("ann", "north", EbbEventType.View, 1000)]);

        await client.FlushAsync();

        Assert.Equal(1UL, client.DurableUpTo);
    }

    [Fact]
    public async Task Folder_ServerRestarted_NothingIsLostAndNothingCountsTwice()
    {
        string folder = Path.Combine(Path.GetTempPath(), "ebb-wire-" + Guid.NewGuid().ToString("N"));
        var options = new EngineOptions { Dimension = 2, Folder = folder };
        try
        {
            var engine = await InterestEngine.OpenAsync(options);
            var server = await StartAsync(engine);
            await using var proxy = new CuttingProxy(server.Endpoint);
            await using var client = await ConnectAsync(proxy.Endpoint);
            await client.PutItemsAsync(Items);
            await client.ObserveAsync([new EbbEvent("ann", "north", EbbEventType.View, 1000)], EbbAck.Durable);
            proxy.IsMute = true;
            var unanswered = client.ActAsync("ann", [new EbbAction("east", EbbEventType.View, 2000)]);
            await Until.TrueAsync(() => engine.GetStats().EventsApplied == 2);
            proxy.Cut();
            await server.DisposeAsync();
            await engine.DisposeAsync();

            await using var reopened = await InterestEngine.OpenAsync(options);
            await using var next = await StartAsync(reopened);
            proxy.Target = next.Endpoint;
            proxy.IsMute = false;
            proxy.Cut();

            Assert.Equal([StatusCode.Ok], (await unanswered).Statuses);
            await client.FlushAsync();
            Assert.Equal(2UL, (await client.ProfileAsync("ann")).EventCount);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> StatAsync(string key, EngineOptions options)
    {
        await using var engine = await InterestEngine.OpenAsync(options);
        await using var server = await StartAsync(engine);
        await using var client = await ConnectAsync(server.Endpoint);
        return (await client.StatsAsync())[key];
    }

    private static async Task<EbbServer> StartAsync(InterestEngine engine)
    {
        var server = new EbbServer(engine, new EbbServerOptions { Endpoint = new IPEndPoint(IPAddress.Loopback, 0) });
        await server.StartAsync();
        return server;
    }

    private static Task<EbbClient> ConnectAsync(
        IPEndPoint endpoint, Func<EbbClientOptions, EbbClientOptions>? configure = null)
    {
        var options = new EbbClientOptions
        {
            Endpoint = endpoint,
            BackoffMin = TimeSpan.FromMilliseconds(5),
            BackoffMax = TimeSpan.FromMilliseconds(20),
        };
        return EbbClient.ConnectAsync(configure?.Invoke(options) ?? options);
    }
}
