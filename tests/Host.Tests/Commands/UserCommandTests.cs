using Ebb.Client;
using Xunit;

namespace Ebb.Host.Tests.Commands;

public sealed class UserCommandTests
{
    [Fact]
    public async Task WhyDriftUnsendForget_AgainstARunningServer_SayWhatTheClientIsTold()
    {
        await using RunningServer server = await RunningServer.StartAsync(2);
        await using EbbClient client = await server.ConnectAsync();
        await client.PutItemsAsync(
            [new EbbItem("tea", new float[] { 1, 0 }), new EbbItem("cup", new float[] { 0, 1 })]);
        long nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await client.ObserveAsync(
        [
            new EbbEvent("ann", "tea", EbbEventType.Purchase, nowMs - 60_000, null, 7),
            new EbbEvent("ann", "cup", EbbEventType.View, nowMs - 30_000, null, 8),
        ]);

        CommandOutcome before = await RunAsync(server, "drift", "ann");
        await client.RecommendAsync("ann");
        CommandOutcome drift = await RunAsync(server, "drift", "ann");
        CommandOutcome why = await RunAsync(server, "why", "ann", "tea", "--since", "1h");
        CommandOutcome unsent = await RunAsync(server, "unsend", "ann", "7");
        CommandOutcome after = await RunAsync(server, "why", "ann", "tea");
        CommandOutcome forgotten = await RunAsync(server, "forget", "ann");
        CommandOutcome again = await RunAsync(server, "forget", "ann");

        Assert.Contains("no list was served yet", before.Output);
        Assert.StartsWith("0.0000 by cosine: keep", drift.Output);
        Assert.Contains("vector", why.Output);
        Assert.Contains("tea, type", why.Output);
        Assert.Contains("(+0.0000 then)", why.Output);
        Assert.Contains("refolded", unsent.Output);
        Assert.DoesNotContain("tea, type", after.Output);
        Assert.StartsWith("forgotten; no file holds the key from 2", forgotten.Output);
        Assert.StartsWith("nothing was held of them", again.Output);
        Assert.False((await client.ProfileAsync("ann")).Known);
    }

    [Theory]
    [InlineData("UnknownItem", "why", "ann", "nothing")]
    [InlineData("UnknownEvent", "unsend", "ann", "99")]
    public async Task Ask_WhatIsNotThere_IsOneLine(string named, params string[] arguments)
    {
        await using RunningServer server = await RunningServer.StartAsync(2);
        (await RunAsync(server, arguments)).AssertOneLineFailure(named);
    }

    [Fact]
    public async Task Drift_Stranger_IsTold()
    {
        await using RunningServer server = await RunningServer.StartAsync(2);
        Assert.Contains("nothing is known", (await RunAsync(server, "drift", "nobody")).Output);
    }

    private static Task<CommandOutcome> RunAsync(RunningServer server, params string[] arguments) =>
        CommandRunner.RunAsync([.. arguments, "--server", server.Address]);
}
