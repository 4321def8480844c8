using System.Net;
using Ebb.Client;
using Ebb.Engine;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Ebb.Protocol;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Transport;

/// <summary>The shop's verbs through client, wire, server and engine.</summary>
public sealed class ShopTests
{
    private static readonly EbbItem[] Items =
    [
        new("tea", new float[] { 1, 0 }) { Category = "drink" },
        new("coffee", new float[] { 0.9f, 0.1f }) { Category = "drink" },
        new("cup", new float[] { 0, 1 }) { Category = "ware" },
        new("spoon", new float[] { 0.1f, 0.9f }) { Category = "ware" },
    ];

    [Fact]
    public async Task Similar_OverTheWire_FindsWhatIsNearAndWhatGoesWithIt()
    {
        await using var engine = await OpenAsync();
        await using var server = await StartAsync(engine);
        await using var client = await ConnectAsync(server);
        await client.PutItemsAsync(Items);
        await client.ObserveAsync([.. Enumerable.Range(0, 6).SelectMany(user => new EbbEvent[]
        {
            new("u" + user, "tea", EbbEventType.Purchase, 1000 + user),
            new("u" + user, "cup", EbbEventType.Purchase, 2000 + user),
        })]);
        await engine.SettleSourcesAsync();

        var near = await client.Shop.SimilarAsync(["tea"], query: new EbbQuery { Count = 1 });
        var with = await client.Shop.SimilarAsync(["tea", "nothing"], EbbSimilarKind.Complementary);
        var drinks = await client.Shop.SimilarAsync(
            ["spoon", "cup"],
            query: new EbbQuery { Filter = new EbbFilter { Allow = [new(EbbAttributeKind.Category, "drink")] } });

        Assert.Equal(["coffee"], near.List.Items.Select(item => item.Item.ToString()));
        Assert.Equal(["cup"], with.List.Items.Select(item => item.Item.ToString()));
        Assert.Equal((true, 1), (with.Learned, with.UnknownCount));
        Assert.Equal(["coffee", "tea"], drinks.List.Items.Select(item => item.Item.ToString()));
    }

    [Fact]
    public async Task Similar_BadBaskets_AreRefusedAndTheConnectionGoesOn()
    {
        await using var engine = await OpenAsync();
        await using var server = await StartAsync(engine);
        await using var client = await ConnectAsync(server);
        await client.PutItemsAsync(Items);

        Assert.Equal(StatusCode.IdLength, await StatusAsync(client.Shop.SimilarAsync([])));
        Assert.Equal(StatusCode.IdLength, await StatusAsync(client.Shop.SimilarAsync(["tea", ""])));
        Assert.Equal(StatusCode.UnknownItem, await StatusAsync(client.Shop.SimilarAsync(["nothing"])));
        Assert.Equal(
            StatusCode.TooManyEntries,
            await StatusAsync(client.Shop.SimilarAsync([.. Enumerable.Repeat<EbbId>("tea", 33)])));
        Assert.Equal(
            StatusCode.KOutOfRange,
            await StatusAsync(client.Shop.SimilarAsync(["tea"], query: new EbbQuery { Count = 0 })));
        Assert.Single((await client.Shop.SimilarAsync(["tea"], query: new EbbQuery { Count = 1 })).List.Items);
    }

    private static async Task<StatusCode> StatusAsync(Task call) =>
        (await Assert.ThrowsAsync<EbbException>(() => call)).Status;

    private static Task<InterestEngine> OpenAsync() => InterestEngine.OpenAsync(new EngineOptions
    {
        Dimension = 2,
        Policy = new ServingPolicy { Sources = new SourcePolicy { LearnAll = true } },
    });

    private static async Task<EbbServer> StartAsync(InterestEngine engine)
    {
        var server = new EbbServer(engine, new EbbServerOptions { Endpoint = new IPEndPoint(IPAddress.Loopback, 0) });
        await server.StartAsync();
        return server;
    }

    private static Task<EbbClient> ConnectAsync(EbbServer server) =>
        EbbClient.ConnectAsync(new EbbClientOptions { Endpoint = server.Endpoint });
}
