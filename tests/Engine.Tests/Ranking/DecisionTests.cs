using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Ranking;

public sealed class DecisionTests
{
    private static readonly ServingPolicy Policy = new() { KeepBelow = 0.05, ShiftFrom = 0.5 };
    private static readonly RecommendQuery Ten = new() { Count = 10 };

    [Fact]
    public async Task Recommend_NothingChanged_KeepsTheListWhole()
    {
        await using InterestEngine engine = await OpenAsync();
        await engine.ObserveAsync([Click("a", 1, NowMs)]);
        Recommendation first = await engine.RecommendAsync("a", Ten);
        Recommendation second = await engine.RecommendAsync("a", Ten);
        Assert.Equal(ListDecision.New, first.Decision);
        Assert.Equal(ListDecision.Keep, second.Decision);
        Assert.True(second.Exact);
        Assert.Equal(
            first.Items.Select(item => (item.Item, item.Score)), second.Items.Select(item => (item.Item, item.Score)));
        Assert.Equal(1, engine.GetStats().Scans);
    }

    [Fact]
    public async Task Act_SmallDrift_KeepsTheCandidatesAndScoresThemAfresh()
    {
        await using InterestEngine engine = await OpenAsync();
        await engine.ObserveAsync([.. Enumerable.Range(0, 50).Select(_ => Click("a", 1, NowMs))]);
        await engine.RecommendAsync("a", Ten);
        Recommendation after = (await engine.ActAsync("a", [Click("a", 2, NowMs)], Ten)).Recommendation;
        Assert.Equal(ListDecision.Keep, after.Decision);
        Assert.False(after.Exact);
        Assert.InRange(after.Drift, 0, Policy.KeepBelow);
        BehaviourEvent[] events = [.. Enumerable.Repeat(Click("a", 1, NowMs), 50), Click("a", 2, NowMs)];
        var expected = Oracle(events, Items(200), DayMs, 200)
            .ToDictionary(item => item.Item, item => item.Score);
        Assert.All(after.Items, item => Assert.Equal(expected[item.Item], item.Score, 1e-3));
        Assert.Equal(
            after.Items.OrderByDescending(item => item.Score).Select(i => i.Item), after.Items.Select(i => i.Item));
        Assert.Equal(1, engine.GetStats().Scans);
    }

    [Fact]
    public async Task Act_LargeDrift_RanksAfreshAndDiversifies()
    {
        await using InterestEngine engine = await OpenAsync();
        await engine.ObserveAsync([Click("a", 1, NowMs - (20 * DayMs))]);
        await engine.RecommendAsync("a", Ten);
        int opposite = MostOpposedTo(1);
        Recommendation after = (await engine.ActAsync("a", [Click("a", opposite, NowMs)], Ten)).Recommendation;
        Assert.Equal(ListDecision.Diversify, after.Decision);
        Assert.True(after.Drift >= Policy.ShiftFrom);
        Assert.Equal(10, after.Items.Select(item => item.Item).Distinct().Count());
        Assert.Equal(Oracle([Click("a", opposite, NowMs)], Items(200), DayMs, 1)[0].Item, after.Items[0].Item);
    }

    [Fact]
    public async Task Act_DriftBetween_RefreshesAndKeepsWhoEarnsTheirPlace()
    {
        await using InterestEngine engine = await OpenAsync(Policy with { RefreshTolerance = 0.5 });
        BehaviourEvent last = Click("a", MostOpposedTo(1), NowMs);
        BehaviourEvent[] earlier = [.. Enumerable.Repeat(Click("a", 1, NowMs), 2)];
        await engine.ObserveAsync(earlier);
        Recommendation before = await engine.RecommendAsync("a", Ten);
        Recommendation after = (await engine.ActAsync("a", [last], Ten)).Recommendation;
        Assert.Equal(ListDecision.Refresh, after.Decision);
        int stayed = after.Items.Count(item => before.Items.Any(old => old.Item == item.Item));
        var fresh = Oracle([.. earlier, last], Items(200), DayMs, 10);
        int freshStayed = fresh.Count(item => before.Items.Any(old => old.Item == item.Item));
        Assert.True(stayed > freshStayed, $"{stayed} of the shown stayed, {freshStayed} in a fresh ranking");
    }

    [Fact]
    public async Task Recommend_ItemRemovedOrOutOfStock_DropsOutOfTheKeptList()
    {
        await using InterestEngine engine = await OpenAsync();
        await engine.ObserveAsync([Click("a", 1, NowMs)]);
        Recommendation before = await engine.RecommendAsync("a", Ten);
        OpaqueId removed = before.Items[0].Item;
        OpaqueId soldOut = before.Items[1].Item;
        await engine.RemoveItemsAsync([removed]);
        ItemPut item = Items(200).Single(put => put.Id == soldOut);
        await engine.PutItemsAsync([item with { InStock = false }]);
        Recommendation after = await engine.RecommendAsync("a", Ten);
        Assert.DoesNotContain(after.Items, shown => shown.Item == removed || shown.Item == soldOut);
        Assert.Equal(10, after.Items.Count);
    }

    [Fact]
    public async Task Recommend_ScoreMin_AppliesToTheFinalScore()
    {
        EngineOptions options = Options() with { Policy = ExactPolicy with { ScoreMin = 0.5 } };
        await using InterestEngine engine = await OpenWithItemsAsync(options);
        await engine.ObserveAsync([Click("a", 1, NowMs)]);
        var all = Oracle([Click("a", 1, NowMs)], Items(200), DayMs, 200);
        Recommendation now = await engine.RecommendAsync("a", new RecommendQuery { Count = 200 });
        Assert.Equal(all.Count(item => item.Score >= 0.5), now.Items.Count);
        Recommendation later = await engine.RecommendAsync(
            "a", new RecommendQuery { Count = 200, NowMs = NowMs + DayMs });
        Assert.Equal(all.Count(item => item.Score * 0.5 >= 0.5), later.Items.Count);
    }

    [Fact]
    public async Task SetPolicy_OldLists_AreNotServedAnyMore()
    {
        await using InterestEngine engine = await OpenAsync();
        await engine.ObserveAsync([Click("a", 1, NowMs)]);
        await engine.RecommendAsync("a", Ten);
        engine.SetPolicy(Policy with { Number = 2 });
        Assert.Equal(ListDecision.New, (await engine.RecommendAsync("a", Ten)).Decision);
        Assert.Throws<ArgumentException>(() => engine.SetPolicy(Policy with { KeepBelow = 2, ShiftFrom = 1 }));
        Assert.Equal(ListDecision.Keep, (await engine.RecommendAsync("a", Ten)).Decision);
    }

    [Fact]
    public async Task Recommend_Filter_HasAListOfItsOwn()
    {
        await using InterestEngine engine = await OpenAsync();
        await engine.ObserveAsync([Click("a", 1, NowMs)]);
        await engine.RecommendAsync("a", Ten);
        var filter = new ItemFilter { Allow = [new AttributeValue(AttributeKind.Category, "c3")] };
        Recommendation list = await engine.RecommendAsync("a", Ten with { Filter = filter });
        Assert.Equal(ListDecision.New, list.Decision);
        Assert.All(list.Items, item => Assert.Equal(3, int.Parse(item.Item.ToString()[5..]) % 5));
        var same = new ItemFilter { Allow = [new AttributeValue(AttributeKind.Category, "c3")] };
        Assert.Equal(ListDecision.Keep, (await engine.RecommendAsync("a", Ten with { Filter = same })).Decision);
    }

    [Fact]
    public async Task Profile_AfterAList_TellsTheDriftSince()
    {
        await using InterestEngine engine = await OpenAsync();
        await engine.ObserveAsync([Click("a", 1, NowMs)]);
        Assert.True(double.IsNaN((await engine.ProfileAsync("a")).Drift));
        await engine.RecommendAsync("a", Ten);
        Assert.Equal(0, (await engine.ProfileAsync("a")).Drift, 1e-9);
        await engine.ObserveAsync([Click("a", 2, NowMs)]);
        Assert.True((await engine.ProfileAsync("a")).Drift > 0.05);
    }

    /// <summary>The item whose vector points most away from the given one's.</summary>
    private static int MostOpposedTo(int item)
    {
        ItemPut[] items = Items(200);
        var farthest = Oracle([new BehaviourEvent("u", ItemId(item), EventTypes.Click, 0)], items, DayMs, 200)[^1];
        return Array.FindIndex(items, put => put.Id == farthest.Item);
    }

    private static Task<InterestEngine> OpenAsync(ServingPolicy? policy = null) =>
        OpenWithItemsAsync(Options() with { Policy = policy ?? Policy });
}
