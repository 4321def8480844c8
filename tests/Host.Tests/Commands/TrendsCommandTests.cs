using Ebb.Client;
using Ebb.Client.Internal;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Trends;
using Ebb.Protocol;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Commands;

/// <summary><c>ebb trends</c> and TRENDS against a running server, over TCP.</summary>
public sealed class TrendsCommandTests
{
    private const long DayMs = 86_400_000;

    [Fact]
    public async Task Trends_OverTheWire_TellRateDirectionAndForecast()
    {
        await using RunningServer server = await StartAsync();
        await using EbbClient client = await server.ConnectAsync();
        await ActAsync(client);

        TrendsResult all = await client.TrendsAsync();
        TrendsResult falling = await client.TrendsAsync(new TrendQuery { Order = EbbTrendOrder.Falling });
        TrendsResult one = await client.TrendsAsync(new TrendQuery { Item = "mug", NowMs = Now() + DayMs });

        Assert.True(all.IsCounted);
        Assert.Equal(["lamp", "mug"], all.Items.Select(item => item.Name.ToString()));
        Assert.Equal(["light", "kitchen"], all.Categories.Select(item => item.Name.ToString()));
        Assert.Equal(
            [EbbTrendDirection.Rising, EbbTrendDirection.Falling], all.Items.Select(item => item.Direction));
        Assert.Equal("mug", Assert.Single(falling.Items).Name.ToString());
        Assert.True(Assert.Single(one.Items).PerDay < all.Items[1].PerDay);
    }

    [Fact]
    public async Task Trends_Command_PrintsTablesOrJson()
    {
        await using RunningServer server = await StartAsync();
        await using EbbClient client = await server.ConnectAsync();
        await ActAsync(client);

        CommandOutcome text = await CommandRunner.RunAsync(["trends", "--server", server.Address]);
        CommandOutcome json =
            await CommandRunner.RunAsync(["trends", "--server", server.Address, "--order", "rising", "--json"]);

        Assert.Equal((0, ""), (text.ExitCode, text.Error));
        Assert.Matches("lamp .*rising", text.Output);
        Assert.Matches("kitchen .*falling", text.Output);
        Assert.Contains("\"name\": \"lamp\"", json.Output);
        Assert.DoesNotContain("mug", json.Output);
    }

    [Fact]
    public async Task Trends_ServerThatFollowsNone_IsOneLineWithTheRemedy()
    {
        await using RunningServer server = await RunningServer.StartAsync(2);
        CommandOutcome outcome = await CommandRunner.RunAsync(["trends", "--server", server.Address]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("memory schema", outcome.Error);
    }

    [Fact]
    public async Task Trends_UnknownOrderOrTooManyRows_AreRefused()
    {
        await using RunningServer server = await StartAsync();
        await using EbbClient client = await server.ConnectAsync();
        EbbException order = await Assert.ThrowsAsync<EbbException>(
            () => client.TrendsAsync(new TrendQuery { Order = (EbbTrendOrder)3 }));
        EbbException rows = await Assert.ThrowsAsync<EbbException>(
            () => client.TrendsAsync(new TrendQuery { CountMax = 1001 }));
        Assert.Equal((StatusCode.Malformed, StatusCode.TooManyEntries), (order.Status, rows.Status));
    }

    [Fact]
    public void Decode_EveryPrefixOfAReply_IsRefused()
    {
        using var body = new FrameBuffer();
        DemandTrend[] items = [new DemandTrend("mug") { PerDay = 2, Direction = TrendDirection.Falling }];
        PopulationEncoder.Trends(body, new TrendReport { IsCounted = true, Items = items, Categories = items });
        byte[] whole = body.Written.ToArray();

        TrendsResult read = TrendsDecoder.Decode(whole, false)!;
        Assert.Equal((2.0, EbbTrendDirection.Falling), (read.Items[0].PerDay, read.Categories[0].Direction));
        Assert.All(
            Enumerable.Range(0, whole.Length),
            length => Assert.Null(TrendsDecoder.Decode(whole.AsSpan(0, length), false)));
        Assert.Null(TrendsDecoder.Decode([.. whole, 0], false));
    }

    private static Task<RunningServer> StartAsync() =>
        RunningServer.StartAsync(2, new MemorySchema { Trends = new TrendRule() });

    private static long Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    /// <summary>Mugs long ago, lamps now.</summary>
    private static async Task ActAsync(EbbClient client)
    {
        await client.PutItemsAsync(
        [
            new EbbItem("mug", new float[] { 1, 0 }) { Category = "kitchen" },
            new EbbItem("lamp", new float[] { 0, 1 }) { Category = "light" },
        ]);
        long now = Now();
        await client.ObserveAsync(
        [
            .. Enumerable.Range(0, 200).Select(each => new EbbEvent(
                $"user {each}", each < 100 ? "mug" : "lamp", EbbEventType.Click,
                each < 100 ? now - (30 * DayMs) : now)),
        ]);
    }
}
