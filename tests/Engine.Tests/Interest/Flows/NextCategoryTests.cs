using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Why;
using Ebb.Engine.Sources;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Interest.Flows;

/// <summary>P(next category) against its formula written out again, and what it does to lists.</summary>
public sealed class NextCategoryTests
{
    private static readonly MigrationPolicy Migration = new()
    {
        Boost = 0.7,
        PriorEvents = 5,
        PopulationEvents = 20,
        HabitEvents = 8,
        OwnHalfLifeEvents = 6,
    };

    // Something to blend with, so that a policy without a boost has standardised scores too.
    private static readonly ServingPolicy Blended = ExactPolicy with
    {
        Sources = new SourcePolicy { Repeats = 0.3 },
        Migration = Migration with { Boost = 0 },
    };

    [Fact]
    public async Task Profile_OfEveryUser_TellsTheFormula()
    {
        BehaviourEvent[] events = FlowTests.Events(25, 30);
        await using InterestEngine engine = await OpenAsync(events, Blended);
        foreach (IGrouping<OpaqueId, BehaviourEvent> user in events.GroupBy(one => one.User))
        {
            InterestProfile profile = await engine.ProfileAsync(user.Key, NowMs);

            Dictionary<string, double> plain = Plain(events, [.. user.Select(CategoryOf)]);
            Assert.Equal(1, plain.Values.Sum(), 1e-9);
            Assert.Equal(5, profile.NextCategories.Count);
            Assert.All(profile.NextCategories, one => Assert.Equal(plain[one.Category], one.Probability, 1e-5));
            Assert.Equal(
                profile.NextCategories.OrderByDescending(one => one.Probability), profile.NextCategories);
        }
    }

    [Fact]
    public async Task List_WithABoost_IsTheFullBlendWithWhatPAdds()
    {
        BehaviourEvent[] events = FlowTests.Events(25, 30);
        await using InterestEngine engine = await OpenAsync(events, Blended);
        var all = new RecommendQuery { Count = 200, NowMs = NowMs };
        Recommendation plain = await engine.RecommendAsync("user-3", all);
        InterestProfile profile = await engine.ProfileAsync("user-3", NowMs);
        engine.SetPolicy(Blended with { Migration = Migration });

        Recommendation boosted =
            await engine.RecommendAsync("user-3", new RecommendQuery { Count = 10, NowMs = NowMs });
        ScoreExplanation why = await engine.WhyAsync("user-3", boosted.Items[0].Item, nowMs: NowMs);

        double highest = profile.NextCategories[0].Probability;
        double Added(OpaqueId item) => 0.7 / highest * profile.NextCategories
            .Where(one => one.Category == "c" + (int.Parse(item.ToString()["item-".Length..]) % 5))
            .Sum(one => one.Probability);
        (OpaqueId Item, double Score)[] expected =
        [
            .. plain.Items.Select(item => (item.Item, Score: item.Score + Added(item.Item)))
                .OrderByDescending(item => item.Score).Take(10),
        ];
        Assert.Equal(expected.Select(item => item.Item), boosted.Items.Select(item => item.Item));
        Assert.All(boosted.Items.Zip(expected), pair => Assert.Equal(pair.Second.Score, pair.First.Score, 1e-4));
        SourceShare named = Assert.Single(why.Sources, source => source.Kind == SourceKind.Migration);
        Assert.Equal(Added(boosted.Items[0].Item), named.Amount, 1e-5);
        Assert.Equal(why.Score, why.Sources.Sum(source => source.Amount), 1e-5);
    }

    [Fact]
    public async Task List_AfterAnEventThatHardlyDrifts_IsScannedAfreshWithABoost()
    {
        BehaviourEvent[] events = FlowTests.Events(25, 30);
        ServingPolicy keeping = Blended with { KeepBelow = 2, ShiftFrom = 3, Migration = Migration };
        await using InterestEngine engine = await OpenAsync(events, keeping);
        var query = new RecommendQuery { Count = 10, NowMs = NowMs };
        await engine.RecommendAsync("user-3", query);

        Recommendation kept = await engine.RecommendAsync("user-3", query);
        ActReply acted = await engine.ActAsync("user-3", [Click("user-3", 7, NowMs)], query);

        Assert.Equal(ListDecision.Keep, kept.Decision);
        Assert.Equal(ListDecision.Refresh, acted.Recommendation.Decision);
    }

    [Fact]
    public async Task List_OfASchemaWithoutFlows_HasNoBoost()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(
            Options() with { Policy = Blended with { Migration = Migration } });
        await engine.ObserveAsync([Click("ann", 1, NowMs)]);
        ScoreExplanation why = await engine.WhyAsync("ann", ItemId(1));
        Assert.DoesNotContain(why.Sources, source => source.Kind == SourceKind.Migration);
    }

    [Theory]
    [InlineData("{\"migration\": {\"boost\": -1}}", "$.migration.boost")]
    [InlineData("{\"migration\": {\"prior_events\": 0}}", "$.migration.prior_events")]
    [InlineData("{\"migration\": {\"boosts\": 1}}", "$.migration.boosts")]
    public void Document_MigrationThatCannotBe_IsRefusedByPath(string json, string path)
    {
        DocumentException refused = Assert.Throws<DocumentException>(() => PolicyDocument.Read(json));
        Assert.Contains(path, refused.Message);
    }

    [Fact]
    public async Task Policy_MigrationOutOfRange_IsRefusedAndTheRunningOneStays()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        Assert.Throws<ArgumentException>(
            () => engine.SetPolicy(ExactPolicy with { Migration = Migration with { HabitEvents = double.NaN } }));
        Assert.Same(ExactPolicy, engine.Policies.Policies[0].Policy);
    }

    private static async Task<InterestEngine> OpenAsync(BehaviourEvent[] events, ServingPolicy policy)
    {
        InterestEngine engine = await OpenWithItemsAsync(
            Options() with { Schema = UnitSchema with { Flows = new FlowRule() }, Policy = policy });
        await engine.ObserveAsync(events);
        return engine;
    }

    private static string CategoryOf(BehaviourEvent one) =>
        "c" + (int.Parse(one.Item.ToString()["item-".Length..]) % 5);

    private static Dictionary<string, double> Plain(BehaviourEvent[] events, string[] own)
    {
        Dictionary<(string From, string To), double[]> sums = FlowTests.Plain(events);
        double N(string? from, string to) => sums
            .Where(pair => (from is null || pair.Key.From == from) && pair.Key.To == to).Sum(pair => pair.Value[3]);
        string[] codes = ["c0", "c1", "c2", "c3", "c4"];
        double total = codes.Sum(code => N(null, code));

        // As of the last transition anywhere.
        double scale = 1 / Math.Pow(2, -(NowMs - events.Max(one => one.TimeMs)) / (30.0 * DayMs));
        string last = own[^1];
        own = own[^Math.Min(own.Length, 32)..];
        double OwnWeight(int place) => Math.Pow(2, -(own.Length - 1 - place) / 6.0);
        int[] places = [.. Enumerable.Range(0, own.Length)];
        int[] habits = [.. places.Where(place => place > 0 && own[place - 1] == last)];
        return codes.ToDictionary(code => code, code =>
        {
            double from = codes.Sum(to => N(last, to)) * scale;
            double followed = ((N(last, code) * scale) + (5 * N(null, code) / total)) / (from + 5);
            double smoothed = (places.Where(place => own[place] == code).Sum(OwnWeight) + (20 * followed))
                / (places.Sum(OwnWeight) + 20);
            return (habits.Where(place => own[place] == code).Sum(OwnWeight) + (8 * smoothed))
                / (habits.Sum(OwnWeight) + 8);
        });
    }
}
