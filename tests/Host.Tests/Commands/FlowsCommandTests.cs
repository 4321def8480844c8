using Ebb.Client;
using Ebb.Client.Internal;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Flows;
using Ebb.Protocol;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Commands;

/// <summary><c>ebb flows</c> and FLOWS against a running server, over TCP.</summary>
public sealed class FlowsCommandTests
{
    private static readonly EbbItem[] Items =
    [
        new("mug", new float[] { 1, 0 }) { Category = "kitchen" },
        new("lamp", new float[] { 0, 1 }) { Category = "light" },
    ];

    [Fact]
    public async Task Flows_OverTheWire_TellWhoGainedFromWhom()
    {
        await using RunningServer server = await StartAsync();
        await using EbbClient client = await server.ConnectAsync();
        await ActAsync(client);

        FlowsResult flows = await client.FlowsAsync();
        FlowsResult later = await client.FlowsAsync(nowMs: Now() + 3_600_000);
        ProfileResult profile = await client.ProfileAsync("ann");

        Assert.True(flows.IsCounted);
        Assert.Equal([1.0, 24.0, 168.0], flows.Windows.Select(window => window.Length.TotalHours));
        EbbCategoryFlow flow = Assert.Single(flows.Windows[0].Flows);
        Assert.Equal(("kitchen", "light"), (flow.From, flow.To));
        Assert.Equal(2, flow.Net, 0.01);
        Assert.Equal(2 / Math.E, later.Windows[0].Flows[0].Count, 0.01);
        Assert.Equal(["light", "kitchen"], flows.Windows[2].Balances.Select(one => one.Category));
        Assert.Equal(2, flows.Windows[2].Balances[1].Began, 0.01);
        Assert.Equal(1, profile.NextCategories.Sum(one => one.Probability), 1e-9);
    }

    [Fact]
    public async Task Flows_Command_PrintsTablesOrJson()
    {
        await using RunningServer server = await StartAsync();
        await using EbbClient client = await server.ConnectAsync();
        await ActAsync(client);

        CommandOutcome text = await CommandRunner.RunAsync(["flows", "--server", server.Address, "--window", "day"]);
        CommandOutcome json = await CommandRunner.RunAsync(["flows", "--server", server.Address, "--json"]);

        Assert.Equal((0, ""), (text.ExitCode, text.Error));
        Assert.Contains("Last day", text.Output);
        Assert.DoesNotContain("Last hour", text.Output);
        Assert.Matches("kitchen +light +2\\.0 +0\\.0 +2\\.0", text.Output);
        Assert.Contains("\"from\": \"kitchen\"", json.Output);
    }

    [Fact]
    public async Task Flows_ServerThatCountsNone_IsOneLineWithTheRemedy()
    {
        await using RunningServer server = await RunningServer.StartAsync(2);
        CommandOutcome outcome = await CommandRunner.RunAsync(["flows", "--server", server.Address]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("memory schema", outcome.Error);
    }

    [Fact]
    public async Task Flows_TooManyRows_IsRefused()
    {
        await using RunningServer server = await StartAsync();
        await using EbbClient client = await server.ConnectAsync();
        EbbException refused = await Assert.ThrowsAsync<EbbException>(() => client.FlowsAsync(1001));
        Assert.Equal(StatusCode.TooManyEntries, refused.Status);
    }

    [Fact]
    public void Decode_EveryPrefixOfAReply_IsRefused()
    {
        using var body = new FrameBuffer();
        CategoryFlow[] flows = [new("kitchen", "light", 2, 1)];
        CategoryBalance[] balances = [new("light", 2, 1, 0.5, 3)];
        PopulationEncoder.Flows(body, new FlowReport
        {
            IsCounted = true,
            AtMs = 7,
            Windows = [new FlowWindow("hour", TimeSpan.FromHours(1)) { Flows = flows, Balances = balances }],
        });
        byte[] whole = body.Written.ToArray();

        FlowsResult read = FlowsDecoder.Decode(whole, false)!;
        Assert.Equal(new EbbCategoryBalance("light", 2, 1, 0.5, 3), Assert.Single(read.Windows[0].Balances));
        Assert.All(
            Enumerable.Range(0, whole.Length),
            length => Assert.Null(FlowsDecoder.Decode(whole.AsSpan(0, length), false)));
        Assert.Null(FlowsDecoder.Decode([.. whole, 0], false));
    }

    private static Task<RunningServer> StartAsync() =>
        RunningServer.StartAsync(2, new MemorySchema { Flows = new FlowRule() });

    private static long Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    private static async Task ActAsync(EbbClient client)
    {
        await client.PutItemsAsync(Items);
        long now = Now();
        await client.ObserveAsync(
        [
            new EbbEvent("ann", "mug", EbbEventType.Click, now), new EbbEvent("ann", "lamp", EbbEventType.Click, now),
            new EbbEvent("bob", "mug", EbbEventType.Click, now), new EbbEvent("bob", "lamp", EbbEventType.Click, now),
        ]);
    }
}
