using System.Net;
using Ebb.Client;
using Ebb.Engine;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Ebb.Protocol;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Transport;

/// <summary>GRAPH through client, wire, server and engine.</summary>
public sealed class GraphTests
{
    [Fact]
    public async Task Edges_OverTheWire_GiveAnItemWithoutVectorItsBrandsAndAreReported()
    {
        await using var engine = await OpenAsync();
        await using var server = await StartAsync(engine);
        await using var client = await EbbClient.ConnectAsync(new EbbClientOptions { Endpoint = server.Endpoint });
        await client.PutItemsAsync([new("tea", new float[] { 1, 0 }), new("cup", new float[] { 0, 1 })]);

        // Not awaited in between: puts and edges of a connection are done in the order sent.
        var put = client.PutItemsAsync([new("new tea", Array.Empty<float>())]);
        var edges = await client.Shop.PutEdgesAsync([
            Brand("tea"), Brand("new tea"), Brand("lost"), Brand("tea"),
            new("colour", "tea", "cup"),
            new("together", "tea", "tea"),
            new("together", "tea", "cup") { Weight = float.PositiveInfinity },
            new("together", "tea", ""),
            new("together", "tea", "cup") { ToKind = new string('k', 33) },
        ]);

        Assert.Equal([StatusCode.Ok], (await put).Statuses);
        Assert.Equal(
            [
                StatusCode.Ok, StatusCode.Ok, StatusCode.Ok, StatusCode.Duplicate, StatusCode.Ok, StatusCode.Malformed,
                StatusCode.NotFinite, StatusCode.IdLength, StatusCode.AttributeTooLong,
            ],
            edges.Statuses);
        Assert.Equal((3, 1, 1, 1, 1), (edges.Edges, edges.Dangling, edges.Repeated, edges.Refused, edges.Enriched));
        Assert.Equal(1, edges.UnknownRelations["colour"]);
        Assert.Equal(1, edges.ItemsChanged);
        var similar = await client.Shop.SimilarAsync(["tea"], query: new EbbQuery { Count = 1 });
        Assert.Equal("new tea", Assert.Single(similar.List.Items).Item.ToString());
        var report = await client.Shop.GraphAsync();
        Assert.Equal((edges.Generation, edges.Edges, 0), (report.Generation, report.Edges, report.Statuses.Count));
        Assert.Equal("3", (await client.StatsAsync())["engine.graph_edges"]);
    }

    [Fact]
    public async Task Learn_OverTheWire_MakesEdgesOfWhatIsDoneTogether()
    {
        await using var engine = await OpenAsync();
        await using var server = await StartAsync(engine);
        await using var client = await EbbClient.ConnectAsync(new EbbClientOptions { Endpoint = server.Endpoint });
        await client.PutItemsAsync([new("tea", new float[] { 1, 0 }), new("new", Array.Empty<float>())]);
        await client.ObserveAsync([.. Enumerable.Range(0, 6).SelectMany(user => new EbbEvent[]
        {
            new("u" + user, "tea", EbbEventType.Purchase, 1000 + user),
            new("u" + user, "new", EbbEventType.Purchase, 2000 + user),
        })]);
        await engine.SettleSourcesAsync();

        var learned = await client.Shop.LearnEdgesAsync();

        Assert.Equal((true, 1, 1), (learned.IsLearning, learned.LearnedEdges, learned.Enriched));
    }

    [Fact]
    public async Task Recommend_SeveralKindsInOneCall_ComeBesideTheItems()
    {
        await using var engine = await OpenAsync();
        await using var server = await StartAsync(engine);
        await using var client = await EbbClient.ConnectAsync(new EbbClientOptions { Endpoint = server.Endpoint });
        await client.PutItemsAsync([new("tea", new float[] { 1, 0 }), new("cup", new float[] { 0, 1 })]);
        await client.Shop.PutEdgesAsync([
            Brand("tea"),
            new("brand", "cup", "other") { ToKind = "brand" },
            new("content", "tea", "about tea") { ToKind = "content" },
        ]);
        var query = new EbbQuery
        {
            Count = 1,
            Probabilities = true,
            Kinds = [new("brand", 5), new("content", 3), new("nothing", 1)],
        };

        var act = await client.ActAsync("ann", [new("tea", EbbEventType.Purchase, 1000)], query);
        var again = await client.RecommendAsync("ann", query);

        Assert.Equal(["acme", "other"], act.List.Kinds[0].Nodes.Select(node => node.Id.ToString()));
        Assert.Equal("about tea", Assert.Single(act.List.Kinds[1].Nodes).Id.ToString());
        Assert.Empty(act.List.Kinds[2].Nodes);
        Assert.Equal("tea", Assert.Single(act.List.Items).Item.ToString());
        Assert.Equal(
            act.List.Kinds.SelectMany(kind => kind.Nodes), again.Kinds.SelectMany(kind => kind.Nodes));
        Assert.Empty((await client.RecommendAsync("ann")).Kinds);
        Assert.Equal(StatusCode.KOutOfRange, await StatusAsync(new EbbKindQuery("brand", 0)));
        Assert.Equal(StatusCode.KOutOfRange, await StatusAsync(new EbbKindQuery("brand", 1001)));
        Assert.Equal(StatusCode.AttributeTooLong, await StatusAsync(new EbbKindQuery("", 1)));
        Assert.Equal(StatusCode.AttributeTooLong, await StatusAsync(new EbbKindQuery(new string('k', 33), 1)));
        Assert.Equal(
            StatusCode.TooManyEntries, await StatusAsync([.. Enumerable.Repeat(new EbbKindQuery("brand", 1), 17)]));

        async Task<StatusCode> StatusAsync(params EbbKindQuery[] kinds) => (await Assert.ThrowsAsync<EbbException>(
            () => client.RecommendAsync("ann", new EbbQuery { Kinds = kinds }))).Status;
    }

    private static EbbEdge Brand(string item) => new("brand", item, "acme") { ToKind = "brand" };

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
}
