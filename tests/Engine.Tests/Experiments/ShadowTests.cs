using Ebb.Engine.Experiments.Shadows;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Experiments;

/// <summary>Shadows against engines that serve what they would have served.</summary>
public sealed class ShadowTests
{
    [Fact]
    public void Overlap_RandomLists_EqualsThePlainDefinition()
    {
        var random = new Random(42);
        for (int trial = 0; trial < 300; trial++)
        {
            int[] left = [.. Enumerable.Range(0, 30).OrderBy(_ => random.Next()).Take(random.Next(0, 13))];
            int[] right = [.. Enumerable.Range(0, 30).OrderBy(_ => random.Next()).Take(random.Next(0, 13))];
            int depth = Math.Max(left.Length, right.Length);
            double[] agreement =
                [.. Enumerable.Range(1, depth).Select(d => (double)left.Take(d).Intersect(right.Take(d)).Count() / d)];
            double plain = depth == 0 ? 1 : (agreement[^1] * Math.Pow(0.9, depth))
                + (0.1 / 0.9 * agreement.Select((share, at) => share * Math.Pow(0.9, at + 1)).Sum());
            Assert.Equal(plain, ListOverlap.RankBiased(left, right), 1e-12);
            Assert.Equal(depth == 0 ? 1 : agreement[^1], ListOverlap.AtK(left, right), 1e-12);
        }

        Assert.Equal(1, ListOverlap.RankBiased([4, 2, 9], [4, 2, 9]), 1e-12);
    }

    [Fact]
    public async Task Shadow_OfTheSamePolicy_MakesTheSameListsAndChangesNoState()
    {
        await using InterestEngine engine = await OpenAsync("{\"name\": \"b\", \"share\": 0}");
        await using InterestEngine alone = await OpenWithItemsAsync(Options());
        await VisitAsync(engine);
        await VisitAsync(alone);
        await engine.SettleShadowsAsync();

        ShadowReport report = Assert.Single(engine.GetShadows());
        Assert.Equal(("b", 1.0), (report.Policy, report.Sample));
        Assert.Equal(160, report.Compared + report.Stale + report.Dropped);
        Assert.True(report.Compared >= 100, report.ToString());
        Assert.Equal((report.Compared, 1.0), (report.Same, report.Overlap));
        Assert.Equal(1, report.RankBiased, 1e-9);
        Assert.Equal(report.Compared, report.ServedDecisions.Sum());
        Assert.Equal(report.ServedDecisions, report.ShadowDecisions);
        Assert.Equal(await alone.ComputeStateHashAsync(), await engine.ComputeStateHashAsync());
    }

    [Fact]
    public async Task Shadow_OfAnotherPolicy_ComparesWithWhatAnEngineUnderItServes()
    {
        const string Other = "\"attention\": [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]";
        await using InterestEngine engine = await OpenAsync($"{{\"name\": \"b\", \"share\": 0, {Other}}}");
        await using InterestEngine serving = await OpenWithItemsAsync(
            Options() with { Policies = PolicyDocument.Read($"{{{Other}}}") });
        double overlap = 0;
        for (int user = 0; user < 40; user++)
        {
            BehaviourEvent[] events = [Click("user-" + user, user, NowMs - 5), Click("user-" + user, user * 3, NowMs)];
            await engine.ObserveAsync(events);
            await serving.ObserveAsync(events);
            Recommendation one = await engine.RecommendAsync("user-" + user, new RecommendQuery { Count = 10 });
            await engine.SettleShadowsAsync();
            Recommendation other = await serving.RecommendAsync("user-" + user, new RecommendQuery { Count = 10 });
            overlap += one.Items.Select(item => item.Item)
                .Intersect(other.Items.Select(item => item.Item)).Count() / 10.0;
        }

        ShadowReport report = Assert.Single(engine.GetShadows());
        Assert.Equal((40, 0, 0), (report.Compared, report.Stale, report.Dropped));
        Assert.Equal(overlap / 40, report.Overlap, 1e-9);
        Assert.InRange(report.Overlap, 0.01, 0.95);
        Assert.True(report.OverlapError > 0);
    }

    [Fact]
    public async Task Shadow_OfHalfTheUsers_SamplesUsersAndNotRequests()
    {
        await using InterestEngine engine = await OpenAsync("{\"name\": \"b\", \"share\": 0}", 0.5);
        for (int user = 0; user < 60; user++)
        {
            await engine.ObserveAsync([Click("user-" + user, user, NowMs)]);
            await engine.RecommendAsync("user-" + user, new RecommendQuery { Count = 5 });
            await engine.RecommendAsync("user-" + user, new RecommendQuery { Count = 5 });
            await engine.SettleShadowsAsync();
        }

        ShadowReport report = Assert.Single(engine.GetShadows());
        Assert.Equal(0, report.Compared % 2);
        Assert.InRange(report.Compared, 30, 90);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData(", \"sources\": {\"vector\": 1, \"encoder\": 0.5}", true)]
    public async Task Shadow_ThatWeighsTheEncoder_SaysThatItWasNotRun(string sources, bool lacks)
    {
        await using InterestEngine engine = await OpenAsync($"{{\"name\": \"b\", \"share\": 0{sources}}}");
        Assert.Equal(lacks, Assert.Single(engine.GetShadows()).LacksEncoder);
    }

    [Fact]
    public async Task Shadow_WhileTheEngineIsBusy_IsDroppedAndCounted()
    {
        var desk = new ShadowDesk(
            () => throw new InvalidOperationException("nothing is made while busy"),
            () => true, (TimeProvider.System, NullLogger.Instance));
        await using InterestEngine engine = await OpenAsync("{\"name\": \"b\", \"share\": 0}");
        desk.SetPolicies(new PolicySplit(engine.Policies, engine.Options.Schema!.ShapeFor(Dimension)));
        var job = new ListJob(Dimension) { Request = new Ebb.Engine.Batching.EngineRequest() };
        job.Request.SetUser("ann"u8);
        for (int offer = 0; offer < 7; offer++)
        {
            desk.Offer(job, []);
        }

        Assert.Equal((0, 7), (desk.Report()[0].Compared, desk.Report()[0].Dropped));
    }

    [Theory]
    [InlineData("{\"policy\": \"z\"}", "$.shadows[0].policy: there is no policy 'z'")]
    [InlineData("{\"policy\": \"b\", \"sample\": 0}", "$.shadows[0].sample: over 0 and at most 1")]
    [InlineData("{\"policy\": \"b\"}, {\"policy\": \"b\"}", "$.shadows[1].policy: b is a shadow already")]
    public void Read_ShadowThatCannotBe_IsRefused(string shadows, string message) => Assert.StartsWith(
        message,
        Assert.Throws<DocumentException>(() => PolicyDocument.Read(
            $"{{\"policies\": [{{\"name\": \"a\"}}, {{\"name\": \"b\"}}], \"shadows\": [{shadows}]}}")).Message);

    private static Task<InterestEngine> OpenAsync(string shadow, double sample = 1) => OpenWithItemsAsync(
        Options() with
        {
            Policies = PolicyDocument.Read(
                $"{{\"policies\": [{{\"name\": \"a\"}}, {shadow}], \"shadows\": [{{\"policy\": \"b\", \"sample\": "
                + $"{(sample == 1 ? "1" : "0.5")}}}]}}"),
        });

    private static async Task VisitAsync(InterestEngine engine)
    {
        for (int visit = 0; visit < 4; visit++)
        {
            for (int user = 0; user < 40; user++)
            {
                await engine.RecommendAsync("user-" + user, new RecommendQuery { Count = 10 });
                await engine.SettleShadowsAsync();
                await engine.ObserveAsync([Click("user-" + user, user + visit, NowMs - 100 + visit)]);
            }
        }
    }
}
