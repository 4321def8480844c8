using System.Text.Json;
using Ebb.Client;
using Xunit;

namespace Ebb.Host.Tests.Commands;

public sealed class ShopCommandTests
{
    [Fact]
    public async Task ItemPatch_StockWindowAndPrice_AgainstARunningServer()
    {
        await using RunningServer server = await RunningServer.StartAsync(2);
        await using EbbClient client = await server.ConnectAsync();
        await client.PutItemsAsync(
            [new EbbItem("tea", new float[] { 1, 0 }), new EbbItem("cup", new float[] { 0, 1 })]);
        var priced = new EbbQuery { Filter = new EbbFilter { Price = (0, 5) } };

        CommandOutcome price = await RunAsync(server, "item", "patch", "tea", "cup", "--price", "3.5");
        RecommendResult both = await client.RecommendAsync("ann", priced);
        CommandOutcome gone = await RunAsync(server, "item", "patch", "tea", "--no-price", "--until", "2001-01-01");
        RecommendResult one = await client.RecommendAsync("ann", priced);
        CommandOutcome back = await RunAsync(server, "item", "patch", "tea", "nothing", "--until", "none");

        Assert.Equal("tea: patched\ncup: patched\n", price.Output.ReplaceLineEndings("\n"));
        Assert.Equal(2, both.Items.Count);
        Assert.Equal("", gone.Error);
        Assert.Equal("cup", Assert.Single(one.Items).Item.ToString());
        Assert.Contains("nothing: there is no such item", back.Output);
        Assert.NotEqual(0, back.ExitCode);
        Assert.Equal(2, (await client.RecommendAsync("ann")).Items.Count);
        await RunAsync(server, "item", "patch", "cup", "--out-of-stock");
        Assert.Equal("tea", Assert.Single((await client.RecommendAsync("ann")).Items).Item.ToString());
    }

    [Theory]
    [InlineData("nothing to change")]
    [InlineData("--in-stock and --out-of-stock", "--in-stock", "--out-of-stock")]
    [InlineData("--price and --no-price", "--price", "1", "--no-price")]
    [InlineData("is no moment", "--from", "soon")]
    public async Task ItemPatch_WhatCannotBe_IsOneLine(string named, params string[] arguments)
    {
        await using RunningServer server = await RunningServer.StartAsync(2);

        (await RunAsync(server, ["item", "patch", "tea", .. arguments])).AssertOneLineFailure(named);
    }

    [Fact]
    public async Task Audience_AgainstARunningServer_TableAndJson()
    {
        await using RunningServer server = await RunningServer.StartAsync(2);
        await using EbbClient client = await server.ConnectAsync();
        await client.PutItemsAsync(
            [new EbbItem("tea", new float[] { 1, 0 }), new EbbItem("new tea", new float[] { 0.9f, 0 })]);
        await client.ObserveAsync([new EbbEvent("ann", "tea", EbbEventType.Purchase, 1_700_000_000_000)]);

        CommandOutcome table = await RunAsync(server, "audience", "new tea");
        CommandOutcome json = await RunAsync(server, "audience", "tea", "--json");
        CommandOutcome unseen = await RunAsync(server, "audience", "tea", "--exclude-seen");

        Assert.Contains("It fits 1 of 1 users.", table.Output);
        Assert.Contains("ann", table.Output);
        JsonElement member = Assert.Single(
            JsonDocument.Parse(json.Output).RootElement.GetProperty("members").EnumerateArray());
        Assert.Equal(("ann", true), (member.GetProperty("user").GetString(), member.GetProperty("seen").GetBoolean()));
        Assert.DoesNotContain("ann", unseen.Output);
        (await RunAsync(server, "audience", "nothing")).AssertOneLineFailure("no such item");
    }

    private static Task<CommandOutcome> RunAsync(RunningServer server, params string[] arguments) =>
        CommandRunner.RunAsync([.. arguments, "--server", server.Address]);
}
