using Ebb.Client;
using Ebb.Client.Internal;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Flows;
using Ebb.Host.Tests.Protocol;
using Ebb.Protocol;
using Xunit;

namespace Ebb.Host.Tests.Commands;

/// <summary><c>ebb profile</c> and PORTRAIT against a running server, over TCP.</summary>
public sealed class ProfileCommandTests
{
    private const long DayMs = 86_400_000;

    private static readonly EbbItem[] Items =
    [
        new("mug", new float[] { 1, 0 }) { Category = "kitchen" },
        new("lamp", new float[] { 0, 1 }) { Category = "light" },
    ];

    // On a busy machine more than a second lies between the acts and the question.
    private const string JustNow = @"(a moment|1 second|\d+ seconds) ago";

    [Fact]
    public async Task Portrait_OverTheWire_IsTheUsers()
    {
        await using RunningServer server = await StartAsync();
        await using EbbClient client = await server.ConnectAsync();
        long now = await ActAsync(client);

        PortraitResult portrait = await client.PortraitAsync("ann", now - (7 * DayMs), now);

        Assert.Equal((true, true, 3UL, now), (portrait.Known, portrait.IsComplete, portrait.EventCount, portrait.AtMs));
        Assert.Equal(["light", "kitchen"], portrait.Categories.Select(one => one.Name));
        Assert.Equal(2, portrait.Categories[0].Mass, 1e-6);
        Assert.Equal(0, portrait.Categories[0].MassThen);

        // The click of 60 days ago at a half-life of 30: a quarter now, and a little more a week ago.
        Assert.Equal(0.25, portrait.Categories[1].Mass, 1e-6);
        Assert.Equal(Math.Pow(2, -53 / 30.0), portrait.Categories[1].MassThen, 1e-6);
        Assert.Equal(2.25, portrait.Mass, 1e-5);
        Assert.Equal(portrait.Categories[1].MassThen, portrait.MassThen, 1e-5);
        Assert.Equal(EbbPhase.Rising, portrait.Categories[0].Phase);
        Assert.Equal(1, portrait.Events.Sum(one => one.Share) + portrait.OlderShare, 1e-6);
        Assert.Equal("light", portrait.NextCategories[0].Category);
        Assert.Null(portrait.Forecast);
    }

    [Fact]
    public async Task Profile_Command_SaysSentences()
    {
        await using RunningServer server = await StartAsync();
        await using EbbClient client = await server.ConnectAsync();
        await ActAsync(client);

        CommandOutcome text = await CommandRunner.RunAsync(["profile", "ann", "--server", server.Address]);
        CommandOutcome json = await CommandRunner.RunAsync(["profile", "ann", "--server", server.Address, "--json"]);
        CommandOutcome nobody = await CommandRunner.RunAsync(["profile", "zoe", "--server", server.Address]);

        Assert.Equal((0, ""), (text.ExitCode, text.Error));
        Assert.Matches($@"ann did 3 things, the last {JustNow}\.", text.Output);
        Assert.Contains("Interested in light (89%, mass 2, rising), kitchen (11%, mass 0.25, expired).", text.Output);
        Assert.Contains("Rose since 7 days ago: light (0 to 2).", text.Output);
        Assert.Contains("Fell since 7 days ago: kitchen (0.29 to 0.25).", text.Output);
        Assert.Matches($"What matters most: click of lamp {JustNow}", text.Output);
        Assert.Contains("\"name\": \"light\"", json.Output);
        Assert.Equal("Nothing is held of zoe.", nobody.Output.Trim());
    }

    [Fact]
    public async Task Portrait_EmptyUser_IsRefused()
    {
        await using RunningServer server = await StartAsync();
        await using EbbClient client = await server.ConnectAsync();
        EbbException refused = await Assert.ThrowsAsync<EbbException>(() => client.PortraitAsync(""));
        Assert.Equal(StatusCode.IdLength, refused.Status);
    }

    [Fact]
    public void Decode_EveryPrefixOfAReply_IsRefused()
    {
        byte[] whole = Vector.Get("portrait-reply").Body.ToArray();

        PortraitResult read = PortraitDecoder.Decode(whole, false)!;
        EbbRuleCondition condition = Assert.Single(read.Forecast!.Conditions);
        Assert.Equal(("top_share", double.NegativeInfinity, 0.5, 0.25),
            (condition.Feature, condition.Low, condition.High, condition.Value));
        Assert.Equal("share of the top category ≤ 0.5 (0.25)", condition.Describe());
        Assert.Equal((0.75, 0.5, 1.0, 120u),
            (read.Forecast.Probability, read.Forecast.BaseRate, read.Forecast.Window.TotalDays,
                read.Forecast.TrainedCount));
        Assert.All(
            Enumerable.Range(0, whole.Length),
            length => Assert.Null(PortraitDecoder.Decode(whole.AsSpan(0, length), false)));
        Assert.Null(PortraitDecoder.Decode([.. whole, 0], false));
    }

    [Fact]
    public void Describe_ForecastOfARule_IsASentence()
    {
        PortraitResult read = PortraitDecoder.Decode(Vector.Get("portrait-reply").Body, false)!;

        Assert.Contains(
            "If they come back within 1 day, their interest has changed with probability 75% (everybody: 50%),"
            + " because share of the top category ≤ 0.5 (0.25).",
            read.Describe("ann"));
    }

    private static Task<RunningServer> StartAsync() =>
        RunningServer.StartAsync(2, new MemorySchema { Flows = new FlowRule() });

    private static async Task<long> ActAsync(EbbClient client)
    {
        await client.PutItemsAsync(Items);
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await client.ObserveAsync(
        [
            new EbbEvent("ann", "mug", EbbEventType.Click, now - (60 * DayMs)),
            new EbbEvent("ann", "lamp", EbbEventType.Click, now - 1),
            new EbbEvent("ann", "lamp", EbbEventType.Click, now),
        ]);
        return now;
    }
}
