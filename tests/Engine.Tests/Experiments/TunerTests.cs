using Ebb.Engine.Experiments.Tuning;
using Ebb.Engine.Policy;
using Ebb.Engine.Tests.Recovery;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Experiments;

/// <summary>A tuner of an engine, from its document to lists, counts, audit, restart and revert.</summary>
public sealed class TunerTests
{
    private const string Document =
        """
        {"policies": [{"name": "a", "keep_below": 0.02, "shift_from": 0.9}], "tuners": [{"policy": "a", "share": 0.4,
        "from": 0.1, "parameters": {"keep_below": {"min": 0.01, "max": 0.5, "step": 2}}}]}
        """;

    [Fact]
    public async Task Step_BetterArm_IsAdoptedInForceAuditedKeptOverARestartAndReverted()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path) with { Policies = PolicyDocument.Read(Document) };
        await using (InterestEngine engine = await OpenWithItemsAsync(options))
        {
            Assert.Equal(1, engine.StepTuners());
            Assert.Equal(["a", "~a"], engine.Policies.Policies.Select(policy => policy.Name));
            Assert.Equal(0.04, engine.Policies.Policies[1].Policy.KeepBelow);
            Assert.Equal(0, engine.StepTuners());
            await ShowAsync(engine, 3000);
            Assert.Equal(1, engine.StepTuners());
            Assert.Equal((0.04, 0.02), KeepBelow(engine));
            Assert.Equal(
                [TuneWhat.Try, TuneWhat.Adopt], engine.GetTuningAudit().Select(change => change.What));
            TunerReport report = Assert.Single(engine.GetTuners());
            Assert.Equal((TunePhase.Watching, 0.04), (report.Phase, report.Values["keep_below"]));
        }

        await using (InterestEngine again = await InterestEngine.OpenAsync(options))
        {
            Assert.Equal((0.04, 0.02), KeepBelow(again));
            Assert.Null(again.RevertTuner("b", "eve", "odd"));
            TuneChange reverted = again.RevertTuner("a", "eve", "odd lists")!;
            Assert.Equal((TuneWhat.Revert, 0.04, 0.02), (reverted.What, reverted.From, reverted.To));
            Assert.Equal(0.02, Assert.Single(again.Policies.Policies).Policy.KeepBelow);

            // Sent again because the answer was lost: the same, and no other step is taken back.
            Assert.Equal(reverted, again.RevertTuner("a", "eve", "odd lists"));
            Assert.Null(again.RevertTuner("a", "eve", "more"));
            Assert.Equal(3, again.GetTuningAudit().Count);
        }

        // A person's change of the policy outweighs what was found for the one before.
        PolicySet changed = PolicyDocument.Read(Document.Replace("0.02", "0.03"));
        await using InterestEngine last = await InterestEngine.OpenAsync(options with { Policies = changed });
        Assert.Equal(0.03, Assert.Single(last.Policies.Policies).Policy.KeepBelow);
        Assert.Equal(3, last.GetTuningAudit().Count);
    }

    [Fact]
    public async Task Backup_HoldsWhatTunersFound_RestoreServesIt_VerifyRefusesADamagedOne()
    {
        using var folder = new TemporaryFolder();
        using var backup = new TemporaryFolder();
        using var restored = new TemporaryFolder();
        string copy = Path.Combine(backup.Path, "b");
        string target = Path.Combine(restored.Path, "r");
        EngineOptions options = Options(folder.Path) with { Policies = PolicyDocument.Read(Document) };
        await using (InterestEngine engine = await OpenWithItemsAsync(options))
        {
            engine.StepTuners();
            await ShowAsync(engine, 3000);
            engine.StepTuners();
            await engine.BackupAsync(copy);
        }

        Assert.Contains((await EngineFolder.VerifyAsync(copy)).Backup!.Files, file => file.Path == "tuning.json");
        await EngineFolder.RestoreAsync(copy, target);
        Assert.Empty((await EngineFolder.VerifyAsync(target)).UnknownFiles);
        await using (InterestEngine again = await InterestEngine.OpenAsync(options with { Folder = target }))
        {
            Assert.Equal((0.04, 0.02), KeepBelow(again));
            Assert.Equal(2, again.GetTuningAudit().Count);
        }

        await File.WriteAllTextAsync(Path.Combine(target, "tuning.json"), "[{");
        var refused = await Assert.ThrowsAsync<EngineStartException>(() => EngineFolder.VerifyAsync(target));
        Assert.Contains("tuning.json", refused.Message);
    }

    [Fact]
    public async Task SetPolicies_WithTheSameDocument_KeepsTheTrial_AndWithoutTunerEndsIt()
    {
        await using InterestEngine engine =
            await OpenWithItemsAsync(Options() with { Policies = PolicyDocument.Read(Document) });
        engine.StepTuners();
        engine.SetPolicies(PolicyDocument.Read(Document));
        Assert.Equal(["a", "~a"], engine.Policies.Policies.Select(policy => policy.Name));
        engine.SetPolicy(ExactPolicy);
        Assert.Single(engine.Policies.Policies);
        Assert.Empty(engine.GetExperiments());
        Assert.Equal(0, engine.StepTuners());
    }

    [Fact]
    public async Task Step_ThatTheBankDoesNotFit_IsRejectedAndServingGoesOn()
    {
        PolicySet set = PolicyDocument.Read(
            """
            {"policies": [{"name": "a", "curve": {"exponential": {"half_life": "1 d"}}, "curve_tolerance": 0.001}],
             "tuners": [{"policy": "a", "parameters": {"half_life": {"min": "1 h", "max": "90 d", "step": 8}}}]}
            """);
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Policies = set });
        engine.StepTuners();
        TuneChange[] audit = [.. engine.GetTuningAudit()];
        Assert.Equal([TuneWhat.Try, TuneWhat.Reject], audit.Select(change => change.What));
        Assert.StartsWith("cannot be in force", audit[1].Reason);
        Assert.Single(engine.Policies.Policies);
    }

    [Theory]
    [InlineData("'policy': 'z'", "$.tuners[0].policy: there is no policy 'z'")]
    [InlineData("'policy': 'a', 'share': 0.5, 'from': 0.2", "$.tuners[0].share: two arms")]
    [InlineData("'policy': 'a', 'users_min': 50", "$.tuners[0].users_min: from 100")]
    public void Read_TunerThatCannotBe_IsRefused(string keys, string message) =>
        AssertRefused("{" + keys + ", 'parameters': {'keep_below': {'min': 0.01, 'max': 0.5}}}", message);

    [Theory]
    [InlineData("'luck': {}", "$.tuners[0].parameters.luck: there is no such key")]
    [InlineData("'keep_below': {'min': 0.01}", "$.tuners[0].parameters.keep_below.max: is missing")]
    [InlineData("'keep_below': {'min': 0.03, 'max': 1}", "$.tuners[0].parameters.keep_below: the policy's 0.02")]
    [InlineData("'keep_below': {'min': 0, 'max': 1}", "$.tuners[0].parameters.keep_below: wanted are 0 < min")]
    [InlineData("'half_life': {'min': '1 d', 'max': '2 d'}", "$.tuners[0].parameters.half_life: a has no such number")]
    public void Read_ParametersThatCannotBe_AreRefused(string parameters, string message) =>
        AssertRefused("{'policy': 'a', 'parameters': {" + parameters + "}}", message);

    [Fact]
    public void Read_TunerOfAnArmOrOnItsUsers_IsRefused()
    {
        string experiment = "], 'experiments': [" + ExperimentDocumentTests.One();
        AssertRefused(
            "{'policy': 'a', 'parameters': {'keep_below': {'min': 0.01, 'max': 0.5}}}" + experiment,
            "$.tuners[0].policy: a is an arm");
        AssertRefused(
            "{'policy': 'c', 'parameters': {'keep_below': {'min': 0.01, 'max': 0.5}}}" + experiment,
            "$.tuners[0]: its users, 0 to 0.1, overlap those of $.experiments[0].arms[0]");
    }

    private static void AssertRefused(string tuner, string message) => Assert.StartsWith(
        message,
        Assert.Throws<DocumentException>(() => PolicyDocument.Read((
            "{'policies': [{'name': 'a', 'keep_below': 0.02}, {'name': 'b'}, {'name': 'c', 'keep_below': 0.02}],"
            + " 'tuners': [" + tuner + "]}").Replace('\'', '"'))).Message);

    private static (double, double) KeepBelow(InterestEngine engine) =>
        (engine.Policies.Policies[0].Policy.KeepBelow, engine.Policies.Policies[1].Policy.KeepBelow);

    /// <summary>Everybody is shown two items; users of the arm that tries click more often.</summary>
    private static async Task ShowAsync(InterestEngine engine, int users)
    {
        var split = new PolicySplit(engine.Policies, engine.Options.Schema!.ShapeFor(Dimension), engine.Options.Clock);
        foreach (int[] some in Enumerable.Range(0, users).Chunk(500))
        {
            await engine.ObserveAsync([.. some.SelectMany(user => Visit("user-" + user, split, user))]);
        }
    }

    private static IEnumerable<BehaviourEvent> Visit(string name, PolicySplit split, int user)
    {
        OpaqueId id = name;
        yield return new BehaviourEvent(id, ItemId(1), EventTypes.Impression, NowMs);
        yield return new BehaviourEvent(id, ItemId(2), EventTypes.Impression, NowMs);
        if (split.For(id.Span).Policy.KeepBelow == 0.04 || user % 3 == 0)
        {
            yield return Click(name, 1, NowMs);
        }
    }
}
