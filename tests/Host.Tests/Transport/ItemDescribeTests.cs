using System.Net;
using Ebb.Client;
using Ebb.Engine;
using Ebb.Engine.Catalogue;
using Ebb.Protocol;
using Ebb.Server.Commands;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Transport;

/// <summary>ITEM_DESCRIBE through client, wire, server and engine.</summary>
public sealed class ItemDescribeTests
{
    private static readonly VectorBlock[] Blocks = [new("text", 2), new("image", 1)];

    [Fact]
    public async Task Describe_NamedBlocks_AreOneVector()
    {
        await using var engine = await InterestEngine.OpenAsync(
            new EngineOptions { Dimension = 3, VectorBlocks = Blocks });
        await using var server = await StartAsync(engine);
        await using var client = await EbbClient.ConnectAsync(new EbbClientOptions { Endpoint = server.Endpoint });
        var put = await client.Shop.DescribeItemsAsync([
            Described("tea", ("text", [1, 0]), ("image", [0.5f])), Described("cup", ("image", [2])),
            Described("odd", ("sound", [1])), Described("long", ("image", [1, 2])),
            new EbbItemDescription(new EbbItem("whole", new float[] { 0, 1, 0 })),
            new EbbItemDescription(new EbbItem("texted", default)) { Text = "red mug" }]);
        Assert.Equal(
            [
                StatusCode.Ok, StatusCode.Ok, StatusCode.WrongDimension, StatusCode.WrongDimension, StatusCode.Ok,
                StatusCode.WrongDimension,
            ],
            put.Statuses);
        await client.ObserveAsync([new("ann", "tea", EbbEventType.Click, 1000)]);
        var list = await client.RecommendAsync("ann", new EbbQuery { Count = 5, NowMs = 1000 });
        var scores = list.Items.ToDictionary(item => item.Item.ToString(), item => item.Score);
        Assert.Equal(3, scores.Count);
        Assert.Equal(0.8, scores["cup"] / scores["tea"], 1e-5);
        Assert.Equal(0, scores["whole"], 1e-6);
    }

    [Fact]
    public async Task Describe_TextBesideAVector_NeedsNoModel()
    {
        await using var engine = await InterestEngine.OpenAsync(new EngineOptions { Dimension = 2 });
        await using var server = await StartAsync(engine);
        await using var client = await EbbClient.ConnectAsync(new EbbClientOptions { Endpoint = server.Endpoint });
        var put = await client.Shop.DescribeItemsAsync([
            new EbbItemDescription(new EbbItem("tea", new float[] { 1, 0 })) { Text = "kept out: a vector is given" },
            new EbbItemDescription(new EbbItem("", new float[] { 1, 0 }))]);
        Assert.Equal([StatusCode.Ok, StatusCode.IdLength], put.Statuses);
    }

    [Theory]
    [InlineData("text:64,image:32", 2)]
    [InlineData("all:1", 1)]
    [InlineData("text", 0)]
    [InlineData("text:0", 0)]
    [InlineData("text:64,", 0)]
    [InlineData(":64", 0)]
    [InlineData("text:-4", 0)]
    public void BlockOption_Text_IsBlocksOrNone(string text, int count)
    {
        Assert.Equal(count > 0, BlockOption.TryParse(text, out VectorBlock[] blocks));
        Assert.Equal(count, blocks.Length);
    }

    private static EbbItemDescription Described(string id, params (string Name, float[] Values)[] blocks) =>
        new(new EbbItem(id, default))
        {
            Blocks = blocks.ToDictionary(block => block.Name, block => (ReadOnlyMemory<float>)block.Values),
        };

    private static async Task<EbbServer> StartAsync(InterestEngine engine)
    {
        var server = new EbbServer(engine, new EbbServerOptions { Endpoint = new IPEndPoint(IPAddress.Loopback, 0) });
        await server.StartAsync();
        return server;
    }
}
