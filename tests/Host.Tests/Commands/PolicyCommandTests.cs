using Ebb.Engine;
using Ebb.Engine.Policy;
using Ebb.Host.Tests.Evaluation;
using Ebb.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Ebb.Host.Tests.Commands;

public sealed class PolicyCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "policy.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Check_TwoPolicies_PrintsSharesAndFits()
    {
        Write(
            """
            {"policies": [{"name": "a", "share": 3}, {"name": "b", "curve": {"exponential": {"half_life": "30 d"}}}]}
            """);
        CommandOutcome outcome = await CommandRunner.RunAsync(["policy", "check", File]);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("a: 75.0", outcome.Output);
        Assert.Contains("b: 25.0", outcome.Output);
        Assert.Contains("curve off by", outcome.Output);
    }

    [Fact]
    public async Task Check_UnknownKey_NamesFilePathAndRemedy()
    {
        Write("""{"keep_blow": 1}""");
        CommandOutcome outcome = await CommandRunner.RunAsync(["policy", "check", File]);
        outcome.AssertOneLineFailure(File, "$.keep_blow", "keep_below");
    }

    [Fact]
    public async Task Check_CurveThatTheBankCannotFollow_SaysWhichHalfLivesWould()
    {
        Write("""{"curve": {"gaussian": {"sigma": "10 d"}}}""");
        CommandOutcome outcome = await CommandRunner.RunAsync(["policy", "check", File]);
        outcome.AssertOneLineFailure(File, "$.curve:", "worst error", "would do");
    }

    [Theory]
    [InlineData("""{"keep_blow": 1}""", "$.keep_blow", "keep_below")]
    [InlineData("""{"sources": {"repeat_half_life": "3 moons"}}""", "$.sources.repeat_half_life", "30 d")]
    [InlineData("""{"keep_below": 0.5, "shift_from": 0.2}""", "$.keep_below", "lower it")]
    [InlineData("""{"policies": [{"share": 0}]}""", "$.policies", "sum to nothing")]
    [InlineData("""{"sources": {"vector": 0}}""", "$.sources", "weight")]
    [InlineData("""{"relevance_weight": 0, "interest_weight": 0}""", "$.relevance_weight", "raise one")]
    [InlineData("""{"attention": [0, 0]}""", "$.attention", "not all 0")]
    [InlineData(
        """{"policies": [{"name": "a"}, {"name": "b", "curve": {"linear": {"horizon": "9 d"}}}]}""",
        "$.policies[1].curve", "would do")]
    public async Task Check_WhatCannotBe_NamesThePathAndTheRemedy(string json, string path, string remedy)
    {
        Write(json);
        (await CommandRunner.RunAsync(["policy", "check", File])).AssertOneLineFailure(File, path + ":", remedy);
        await using InterestEngine engine = await InterestEngine.OpenAsync(new EngineOptions { Dimension = 2 });
        PolicySet running = engine.Policies;
        using PolicyReload reload = new(File, null, engine, NullLoggerFactory.Instance);
        Assert.False(await reload.ReloadAsync());
        Assert.Same(running, engine.Policies);
    }

    [Theory]
    [InlineData("""{"coefficients": [1, 2]}""", "$.coefficients", "1 of them, not 2")]
    [InlineData("""{"attention": [1, 2]}""", "$.attention", "3 of them, not 2")]
    [InlineData(
        """{"drift": {"distance": "attention", "attention": [1, 2]}}""", "$.drift.attention", "a dimension is wanted")]
    [InlineData(
        """{"drift": {"distance": "attention", "attention": [1], "projection": {"components": 2}}}""",
        "$.drift.attention", "row of the projection")]
    [InlineData("""{"drift": {"projection": {"components": 4}}}""", "$.drift.projection", "at most 3")]
    [InlineData("""{"drift": {"projection": {"rows": [[1, 2]]}}}""", "$.drift.projection", "3 finite numbers")]
    [InlineData("""{"policies": [{"attention": [1]}]}""", "$.policies[0].attention", "not 1")]
    [InlineData(
        """{"policies": [{"name": "a"}, {"name": "b", "attention": [1]}]}""", "$.policies[1].attention", "not 1")]
    public async Task Check_ListOfAnotherLength_NamesThePathAndHowManyAreWanted(
        string json, string path, string remedy)
    {
        Write(json);
        CommandOutcome outcome = await CommandRunner.RunAsync(["policy", "check", File, "--dimension", "3"]);
        outcome.AssertOneLineFailure(File, path + ":", remedy);
    }

    [Fact]
    public async Task Check_RatesOfAnotherDimension_NamesTheMemorySchemasKey()
    {
        Write("{}");
        string memory = _folder.Write("m.json", """{"dimension_rates": [1, 0.5]}""");
        CommandOutcome outcome = await CommandRunner.RunAsync(
            ["policy", "check", File, "--memory-schema", memory, "--dimension", "3"]);
        outcome.AssertOneLineFailure("$.dimension_rates", "3, not 2");
        Assert.Equal(
            0, (await CommandRunner.RunAsync(["policy", "check", File, "--memory-schema", memory])).ExitCode);
    }

    [Fact]
    public async Task Check_NoSuchFile_NamesIt()
    {
        CommandOutcome outcome = await CommandRunner.RunAsync(["policy", "check", "no-such.json"]);
        outcome.AssertOneLineFailure("no-such.json");
    }

    [Theory]
    [InlineData("--keep-below", "0.1")]
    [InlineData("--score-min", "1")]
    public async Task Serve_PolicyFileAndAnOptionOfOne_RefusesBoth(string option, string value)
    {
        CommandOutcome outcome = await CommandRunner.RunAsync(
            ["serve", "--dimension", "2", "--policy", File, option, value]);
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains(option, outcome.Error);
    }

    [Fact]
    public async Task Serve_BadPolicyFile_DoesNotStart()
    {
        Write("""{"candidate_factor": 0}""");
        CommandOutcome outcome = await CommandRunner.RunAsync(["serve", "--dimension", "2", "--policy", File]);
        outcome.AssertOneLineFailure(File, "$.candidate_factor");
    }

    [Fact]
    public async Task Reload_GoodThenBadFile_TakesTheGoodAndKeepsIt()
    {
        await using InterestEngine engine = await InterestEngine.OpenAsync(new EngineOptions { Dimension = 2 });
        Write("""{"policies": [{"name": "a"}, {"name": "b"}]}""");
        using PolicyReload reload = new(File, null, engine, NullLoggerFactory.Instance);
        Assert.True(await reload.ReloadAsync());
        Assert.Equal(["a", "b"], Names(engine.Policies));
        Write("""{"keep_below": 9}""");
        Assert.False(await reload.ReloadAsync());
        Assert.Equal(["a", "b"], Names(engine.Policies));
    }

    [Fact]
    public async Task Reload_ChangedMemorySchema_TakesItWhenItsNumberIsRaised()
    {
        await using InterestEngine engine = await InterestEngine.OpenAsync(new EngineOptions { Dimension = 2 });
        using PolicyReload reload = new(null, File, engine, NullLoggerFactory.Instance);
        Write("""{"half_lives": ["1 h", "never"]}""");
        Assert.False(await reload.ReloadAsync());
        Assert.Single(engine.Schema.HalfLives);
        Write("""{"number": 2, "half_lives": ["1 h", "never"]}""");
        Assert.True(await reload.ReloadAsync());
        Assert.True(await reload.ReloadAsync());
        Assert.Equal((2u, 2), (engine.Schema.Number, engine.Schema.HalfLives.Count));
    }

    private static IEnumerable<string> Names(PolicySet set) => set.Policies.Select(policy => policy.Name);

    private void Write(string json) => System.IO.File.WriteAllText(File, json);
}
