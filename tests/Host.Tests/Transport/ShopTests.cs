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

    [Fact]
    public async Task Patch_OverTheWire_StockWindowAndPrice()
    {
        await using var engine = await OpenAsync();
        await using var server = await StartAsync(engine);
        await using var client = await ConnectAsync(server);
        await client.PutItemsAsync(Items);

        var patched = await client.Shop.PatchItemsAsync(
        [
            new("tea") { InStock = false },
            new("coffee") { Price = 3.5f },
            new("cup") { Price = 9, ValidUntilMs = 5 },
            new("spoon") { Price = float.NaN },
            new("nothing") { Price = 1 },
            new(""),
        ]);

        Assert.Equal(
            [
                StatusCode.Ok, StatusCode.Ok, StatusCode.Ok, StatusCode.NotFinite, StatusCode.UnknownItem,
                StatusCode.IdLength,
            ],
            patched.Statuses);
        Assert.Equal(["coffee", "spoon"], await ListAsync(client, EbbFilter.None));
        Assert.Equal(["coffee"], await ListAsync(client, new EbbFilter { Price = (1, 5) }));
        Assert.Equal(
            ["coffee", "cup"],
            await ListAsync(client, new EbbFilter { Price = (1, float.PositiveInfinity), IncludeOutOfStock = true }));
        var unpriced = await client.Shop.PatchItemsAsync(
            [new("cup") { RemovesPrice = true }, new("coffee") { RemovesPrice = true, Price = 1 }]);
        Assert.Equal([StatusCode.Ok, StatusCode.Malformed], unpriced.Statuses);
        Assert.Equal(
            ["coffee"],
            await ListAsync(client, new EbbFilter { Price = (0, float.PositiveInfinity), IncludeOutOfStock = true }));
        Assert.Equal(
            StatusCode.NotFinite,
            await StatusAsync(client.RecommendAsync(
                "ann", new EbbQuery { Filter = new EbbFilter { Price = (float.NaN, 1) } })));
    }

    [Fact]
    public async Task Rules_OverTheWire_HoldForTheirSegmentAndAreNamedByWhy()
    {
        await using var engine = await OpenAsync();
        await using var server = await StartAsync(engine);
        await using var client = await ConnectAsync(server);
        await client.PutItemsAsync(Items);
        await client.ObserveAsync([new("ann", "tea", EbbEventType.Purchase, 1000)]);

        var put = await client.Shop.PutRuleAsync(
            new EbbRule(EbbRuleAction.Ban, EbbRuleSubject.Category, "drink")
            {
                Segment = "kids",
                Author = "eve",
                Reason = "no caffeine",
            });
        var why = await client.WhyAsync("ann", "tea");

        Assert.Equal(["cup", "spoon"], await ListAsync(client, new EbbFilter { Segment = "kids" }));
        Assert.Equal(4, (await ListAsync(client, EbbFilter.None)).Length);
        Assert.Equal((put.Rule, EbbScoreRules.None), (Assert.Single(why.ShopRules), why.Rules));
        Assert.Equal(put.Rule, Assert.Single(await client.Shop.RulesAsync()).Rule);
        Assert.Equal(
            StatusCode.Malformed,
            await StatusAsync(client.Shop.PutRuleAsync(new EbbRule(EbbRuleAction.Ban, EbbRuleSubject.Item, "tea"))));
        Assert.Equal(StatusCode.UnknownItem, await StatusAsync(client.Shop.RemoveRuleAsync(9, "eve", "x")));
        await client.Shop.RemoveRuleAsync(put.Rule.Number, "bob", "they may");
        Assert.Equal(4, (await ListAsync(client, new EbbFilter { Segment = "kids" })).Length);
        Assert.Equal(
            [EbbRuleWhat.Removed, EbbRuleWhat.Put],
            (await client.Shop.RuleAuditAsync()).Select(change => change.What));
    }

    [Fact]
    public async Task Audience_OverTheWire_IsOfTheTenantAlone()
    {
        await using var engine = await OpenAsync();
        await using var server = await StartAsync(engine);
        await using var client = await ConnectAsync(server);
        await using var other = await EbbClient.ConnectAsync(
            new EbbClientOptions { Endpoint = server.Endpoint, Tenant = "other" });
        await client.PutItemsAsync(Items);
        await client.ObserveAsync(
            [new("ann", "tea", EbbEventType.Purchase, 1000), new("bob", "cup", EbbEventType.Purchase, 1000)]);
        await other.ObserveAsync([new("cy", "tea", EbbEventType.Purchase, 1000)]);

        var audience = await client.Shop.AudienceAsync("coffee", nowMs: 1000);

        Assert.Equal(["ann", "bob"], audience.Members.Select(member => member.User.ToString()));
        Assert.True(audience.Members[0].Score > audience.Members[1].Score);
        Assert.Equal((2UL, 2UL), (audience.UserCount, audience.FitCount));
        Assert.Equal("cy", Assert.Single((await other.Shop.AudienceAsync("coffee")).Members).User.ToString());
        Assert.Empty((await client.Shop.AudienceAsync("tea", excludeSeen: true)).Members);
        Assert.Equal(StatusCode.UnknownItem, await StatusAsync(client.Shop.AudienceAsync("nothing")));
        Assert.Equal(StatusCode.IdLength, await StatusAsync(client.Shop.AudienceAsync("")));
        Assert.Equal(StatusCode.KOutOfRange, await StatusAsync(client.Shop.AudienceAsync("tea", 1001)));
    }

    private static async Task<string[]> ListAsync(EbbClient client, EbbFilter filter) =>
    [
        .. (await client.RecommendAsync("ann", new EbbQuery { Filter = filter })).Items
            .Select(item => item.Item.ToString()).Order(StringComparer.Ordinal),
    ];

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
