using System.Text;
using System.Text.Json;
using Ebb.Client;
using Ebb.Client.Internal;
using Ebb.Engine.Policy;
using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Xunit;

namespace Ebb.Host.Tests.Commands;

/// <summary><c>ebb experiments</c> and EXPERIMENTS against a running server, over TCP.</summary>
public sealed class ExperimentsCommandTests
{
    private static readonly PolicySet Policies = PolicyDocument.Read(
        """
        {"policies": [{"name": "today"}, {"name": "bold"}], "experiments": [{"name": "faster", "minimum_effect": 0.05,
        "start": "2026-01-01T00:00:00Z", "arms": [{"policy": "today", "share": 0.5},
        {"policy": "bold", "share": 0.5}]}]}
        """);

    [Fact]
    public async Task Experiments_OverTheWire_CountAndCompareArms()
    {
        await using RunningServer server = await StartAsync();
        await using EbbClient client = await server.ConnectAsync();
        await ActAsync(client);

        EbbExperiment one = Assert.Single(await client.Experiments.ListAsync());

        Assert.Equal(("faster", "clicks", "running", 0.05), (one.Name, one.Metric, one.State, one.MinimumEffect));
        Assert.Equal(["today", "bold"], one.Arms.Select(arm => arm.Policy));
        Assert.Equal((400, 800, 400), (
            one.Arms.Sum(arm => arm.Users), one.Arms.Sum(arm => arm.Impressions), one.Arms.Sum(arm => arm.Clicks)));
        Assert.Equal(["control", "open"], one.Arms.Select(arm => arm.Verdict));
        Assert.Equal(0.5, one.Arms[0].Rate);
        Assert.Null(one.Arms[0].P);
        Assert.Equal(0, one.Arms[1].Difference);
    }

    [Fact]
    public async Task Experiments_Command_PrintsTableOrJson()
    {
        await using RunningServer server = await StartAsync();
        await using EbbClient client = await server.ConnectAsync();
        await ActAsync(client);

        CommandOutcome text = await CommandRunner.RunAsync(["experiments", "--server", server.Address]);
        CommandOutcome json = await CommandRunner.RunAsync(["experiments", "--server", server.Address, "--json"]);

        Assert.Equal((0, ""), (text.ExitCode, text.Error));
        Assert.Contains("faster: clicks, running, 2026-01-01 00:00, alpha 0.05 over all looks", text.Output);
        Assert.Contains("0.5000", text.Output);
        using JsonDocument report = JsonDocument.Parse(json.Output);
        Assert.Equal(2, report.RootElement[0].GetProperty("arms").GetArrayLength());
        Assert.Equal("control", report.RootElement[0].GetProperty("arms")[0].GetProperty("verdict").GetString());
    }

    [Fact]
    public async Task Experiments_ServerWithoutAny_IsOneLineWithTheRemedy()
    {
        await using RunningServer server = await RunningServer.StartAsync(2);
        CommandOutcome outcome = await CommandRunner.RunAsync(["experiments", "--server", server.Address]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("policy document", outcome.Error);
    }

    [Fact]
    public async Task ShadowsAndTuning_OverTheWireAndAsCommands_AreTold()
    {
        PolicySet set = PolicyDocument.Read(
            """
            {"policies": [{"name": "today"}, {"name": "bold", "share": 0}],
             "shadows": [{"policy": "bold", "sample": 1}], "tuners": [{"policy": "today",
             "parameters": {"keep_below": {"min": 0.001, "max": 0.1, "step": 2}}}]}
            """);
        await using RunningServer server = await RunningServer.StartAsync(2, null, set);
        await using EbbClient client = await server.ConnectAsync();
        await ActAsync(client);
        await client.RecommendAsync("user-1", new EbbQuery { Count = 2 });

        EbbShadow shadow = Assert.Single(await client.Experiments.ShadowsAsync());
        EbbTuning tuning = await client.Experiments.TuningAsync();
        CommandOutcome shadows = await CommandRunner.RunAsync(["experiments", "shadows", "--server", server.Address]);
        CommandOutcome tuners = await CommandRunner.RunAsync(["experiments", "tuning", "--server", server.Address]);
        CommandOutcome revert = await CommandRunner.RunAsync(
            ["experiments", "revert", "today", "--author", "eve", "--reason", "odd", "--server", server.Address]);

        Assert.Equal(("bold", 1.0, 0), (shadow.Policy, shadow.Sample, shadow.Stale));
        Assert.Equal((0.01, "resting"), (tuning.Tuners[0].Values["keep_below"], tuning.Tuners[0].Phase));
        Assert.Contains("rank-biased", shadows.Output);
        Assert.Matches("today +keep_below +0\\.01", tuners.Output);
        Assert.Equal(1, revert.ExitCode);
        Assert.Contains("no step of today to take back", revert.Error);
        Assert.Null(await client.Experiments.RevertAsync("today", "eve", "odd"));
    }

    [Fact]
    public async Task Arm_OfEachUser_IsWhereHisImpressionsAreCounted()
    {
        await using RunningServer server = await StartAsync();
        await using EbbClient client = await server.ConnectAsync();
        await ActAsync(client);
        EbbArm[] arms = await Task.WhenAll(
            Enumerable.Range(0, 400).Select(user => client.Experiments.ArmAsync("user-" + user)));
        EbbExperiment one = Assert.Single(await client.Experiments.ListAsync());

        Assert.All(arms, arm => Assert.Equal("faster", arm.Experiment));
        Assert.Equal(
            one.Arms.Select(arm => arm.Users),
            one.Arms.Select(arm => (long)arms.Count(own => own.Policy == arm.Policy)));
    }

    [Fact]
    public async Task PolicyCheck_ArmsThatOverlap_NamesThePlaceAndTheRemedy()
    {
        string path = Path.Combine(Path.GetTempPath(), "ebb-experiments-" + Guid.NewGuid().ToString("N") + ".json");
        await File.WriteAllTextAsync(
            path,
            """
            {"policies": [{"name": "a"}, {"name": "b"}], "experiments": [{"name": "x", "start": "2026-01-01",
             "arms": [{"policy": "a", "share": 0.5}, {"policy": "b", "share": 0.5, "from": 0.4}]}]}
            """);
        try
        {
            CommandOutcome outcome = await CommandRunner.RunAsync(["policy", "check", path]);
            Assert.Equal(1, outcome.ExitCode);
            Assert.Contains("$.experiments[0].arms[1]: its users, 0.4 to 0.9, overlap", outcome.Error);
            Assert.Contains("write a from or a share that keeps them apart", outcome.Error);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData(5, "", "", "")]
    [InlineData(4, "ann", "eve", "")]
    [InlineData(0, "today", "", "")]
    [InlineData(3, "today", "eve", "")]
    public void Request_WithTextsThatItShouldNotHave_IsMalformed(byte what, string policy, string author, string reason)
    {
        byte[] body =
        [
            what, (byte)policy.Length, (byte)author.Length, (byte)reason.Length,
            .. Encoding.UTF8.GetBytes(policy + author + reason),
        ];
        Assert.Equal(StatusCode.Malformed, ExperimentsRequest.TryRead(body, out _));
    }

    [Fact]
    public void Decode_EveryPrefixOfAReplyAndWhatIsNoJson_IsRefused()
    {
        byte[] whole = Body("""[{"name": "x", "arms": [{"policy": "a"}]}]"""u8);
        Assert.Equal("a", ExperimentsDecoder.Decode(whole, false)![0].Arms[0].Policy);
        Assert.All(
            Enumerable.Range(0, whole.Length),
            length => Assert.Null(ExperimentsDecoder.Decode(whole.AsSpan(0, length), false)));
        Assert.Null(ExperimentsDecoder.Decode([.. whole, 0], false));
        Assert.Null(ExperimentsDecoder.Decode(Body("[{"u8), false));
        Assert.Null(ExperimentsDecoder.Decode(Body([0xFF, 0xFE]), false));
    }

    private static byte[] Body(ReadOnlySpan<byte> json)
    {
        using var body = new FrameBuffer();
        new ReportReply { Json = json }.Write(body);
        return body.Written.ToArray();
    }

    private static Task<RunningServer> StartAsync() => RunningServer.StartAsync(2, null, Policies);

    /// <summary>Everybody is shown two items and clicks one.</summary>
    private static async Task ActAsync(EbbClient client)
    {
        await client.PutItemsAsync(
            [new EbbItem("mug", new float[] { 1, 0 }), new EbbItem("lamp", new float[] { 0, 1 })]);
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await client.ObserveAsync(
        [
            .. Enumerable.Range(0, 400).SelectMany(user => new EbbEvent[]
            {
                new("user-" + user, "mug", EbbEventType.Impression, now),
                new("user-" + user, "lamp", EbbEventType.Impression, now),
                new("user-" + user, "lamp", EbbEventType.Click, now),
            }),
        ]);
    }
}
