using Ebb.Client;
using Xunit;

namespace Ebb.Host.Tests.Commands;

public sealed class RulesCommandTests
{
    [Fact]
    public async Task Rules_PutListRemoveAudit_AgainstARunningServer()
    {
        await using RunningServer server = await RunningServer.StartAsync(2);
        await using EbbClient client = await server.ConnectAsync();
        await client.PutItemsAsync(
            [new EbbItem("tea", new float[] { 1, 0 }), new EbbItem("cup", new float[] { 0, 1 })]);

        CommandOutcome put = await RunAsync(
            server, "put", "ban", "item", "tea", "--author", "eve", "--reason", "recalled", "--for", "1h");
        RecommendResult without = await client.RecommendAsync("ann");
        CommandOutcome list = await RunAsync(server, "list");
        CommandOutcome removed = await RunAsync(server, "remove", "1", "--author", "bob", "--reason", "back");
        CommandOutcome audit = await RunAsync(server, "audit");

        Assert.Equal("cup", Assert.Single(without.Items).Item.ToString());
        Assert.Contains("put #1 ban item tea until ", put.Output);
        Assert.StartsWith("#1 ban item tea until ", list.Output);
        Assert.Contains("(eve: recalled)", list.Output);
        Assert.Contains("removed #1", removed.Output);
        Assert.Equal(2, audit.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("(bob: back)", audit.Output.Split('\n')[0]);
        Assert.Equal(2, (await client.RecommendAsync("ann")).Items.Count);
        Assert.Equal("There are none.", (await RunAsync(server, "list")).Output.Trim());
    }

    [Fact]
    public async Task Rules_RefusedByTheServer_IsOneLine()
    {
        await using RunningServer server = await RunningServer.StartAsync(2);

        (await RunAsync(server, "remove", "7", "--author", "eve", "--reason", "x"))
            .AssertOneLineFailure("there is no rule of this number");
        (await RunAsync(server, "put", "boost", "tag", "new", "--author", "eve", "--reason", "x"))
            .AssertOneLineFailure("standard deviations");
    }

    private static Task<CommandOutcome> RunAsync(RunningServer server, params string[] arguments) =>
        CommandRunner.RunAsync(["rules", .. arguments, "--server", server.Address]);
}
