using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Sources;

public sealed class BlendTests
{
    private const int ItemCount = 120;
    private const int UserCount = 8;
    private const string User = "u3";

    private static readonly SourcePolicy AllFive = new()
    {
        Vector = 1,
        Transitions = 0.7,
        Neighbours = 0.5,
        Popularity = 0.3,
        Repeats = 0.2,
        TransitionHalfLife = TimeSpan.FromDays(3),
        NeighbourWindow = 6,
        SeedHalfLife = TimeSpan.FromHours(5),
        PopularityHalfLife = TimeSpan.FromDays(2),
    };

    public static TheoryData<int> Cases { get; } = [.. Enumerable.Range(0, 7)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Recommend_AnyBlend_IsTheFullBlendInDouble(int which)
    {
        SourcePolicy policy = Policies()[which];
        BehaviourEvent[] events = Events();
        await using InterestEngine engine = await OpenAsync(policy, events);
        Recommendation list = await engine.RecommendAsync(User, new RecommendQuery { Count = 40 });
        var expected = new BlendReference(Items(ItemCount), events, policy, DayMs).Ranking(User);
        AssertSame(expected, list);
        Assert.True(list.Exact);
        Assert.Equal(0, list.Log2Scale);
    }

    /// <summary>
    /// Few asked for: the touched alone fill the list, and what the scan may bring lies at the edge of the bound that
    /// they give it. Every user and length, so that some untouched item is the last of a list by a hair.
    /// </summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Recommend_FewAskedFor_TheBoundOfTheTouchedDropsNone(int which)
    {
        SourcePolicy policy = Policies()[which];
        BehaviourEvent[] events = Events();
        await using InterestEngine engine = await OpenAsync(policy, events);
        var reference = new BlendReference(Items(ItemCount), events, policy, DayMs);
        for (int user = 0; user < UserCount; user++)
        {
            (OpaqueId, double)[] expected = reference.Ranking("u" + user);
            for (int count = 1; count <= 40; count++)
            {
                var query = new RecommendQuery { Count = count };
                AssertSame(expected, await engine.RecommendAsync("u" + user, query), count);
            }
        }
    }

    [Fact]
    public async Task Recommend_FilterStockAndSeen_StillHold()
    {
        BehaviourEvent[] events = Events();
        await using InterestEngine engine = await OpenAsync(AllFive, events);
        ItemPut[] items = Items(ItemCount);
        var expected = new BlendReference(items, events, AllFive, DayMs).Ranking(User);
        OpaqueId soldOut = expected.First(item => IsOfCategory3(item.Item)).Item;
        await engine.PutItemsAsync([items.Single(item => item.Id == soldOut) with { InStock = false }]);
        var seen = events.Where(act => act.User == User).TakeLast(32).Select(act => act.Item).ToHashSet();
        var query = new RecommendQuery
        {
            Count = 40,
            ExcludeSeen = true,
            Filter = new ItemFilter { Allow = [new AttributeValue(AttributeKind.Category, "c3")] },
        };
        Recommendation list = await engine.RecommendAsync(User, query);
        var left = expected.Where(
            item => IsOfCategory3(item.Item) && item.Item != soldOut && !seen.Contains(item.Item));
        AssertSame([.. left], list);
    }

    [Fact]
    public async Task Recommend_ScoreMin_AppliesToTheBlend()
    {
        BehaviourEvent[] events = Events();
        await using InterestEngine engine = await OpenAsync(AllFive, events);
        engine.SetPolicy(ExactPolicy with { Sources = AllFive, ScoreMin = 1 });
        var expected = new BlendReference(Items(ItemCount), events, AllFive, DayMs).Ranking(User);
        Recommendation list = await engine.RecommendAsync(User, new RecommendQuery { Count = ItemCount });
        Assert.Equal(expected.Count(item => item.Score >= 1), list.Items.Count);
    }

    [Fact]
    public async Task Recommend_Explain_SourcesAddUpToTheScoreAndTermsToTheVector()
    {
        BehaviourEvent[] events = Events();
        await using InterestEngine engine = await OpenAsync(AllFive, events);
        double[][] parts = new BlendReference(Items(ItemCount), events, AllFive, DayMs).Parts(User);
        Recommendation list = await engine.RecommendAsync(
            User, new RecommendQuery { Count = 30, Explain = true });
        foreach (RecommendedItem item in list.Items)
        {
            int row = int.Parse(item.Item.ToString()[5..]);
            Assert.Equal(Enum.GetValues<SourceKind>().Take(5), item.Sources.Select(source => source.Kind));
            Assert.All(item.Sources, source => Assert.Equal(parts[(int)source.Kind][row], source.Amount, 2e-4));
            Assert.Equal(item.Score, item.Sources.Sum(source => (double)source.Amount), 1e-5 * (1 + item.Score));
            double terms = item.Terms.Sum(term => (double)term.Amount) + item.OlderTerms;
            Assert.Equal(item.Sources[0].Amount, terms, 1e-4);
            Assert.NotEmpty(item.Terms);
        }
    }

    [Fact]
    public async Task Recommend_ExplainWithTheVectorAlone_NamesOneSource()
    {
        await using InterestEngine engine = await OpenAsync(SourcePolicy.VectorAlone, Events());
        Recommendation list = await engine.RecommendAsync(User, new RecommendQuery { Explain = true });
        Assert.All(list.Items, item => Assert.Equal([new SourceTerm(SourceKind.Vector, item.Score)], item.Sources));
    }

    [Fact]
    public async Task Recommend_KeptCandidates_SparseSourcesAreScoredAfresh()
    {
        // The vector stays, so the decision is to keep; what others did after the last item must still come in.
        SourcePolicy policy = new() { Transitions = 1, TransitionGapMax = TimeSpan.FromDays(1) };
        await using InterestEngine engine = await OpenAsync(policy, []);
        engine.SetPolicy(new ServingPolicy { Sources = policy, KeepBelow = 0.05 });
        await engine.ObserveAsync([Click("a", 1, NowMs - 10)]);
        var query = new RecommendQuery { Count = 10 };
        Recommendation first = await engine.RecommendAsync("a", query);
        int newcomer = Enumerable.Range(0, ItemCount).First(row => first.Items.All(item => item.Item != ItemId(row)));
        await engine.ObserveAsync([Click("b", 1, NowMs - 8), Click("b", newcomer, NowMs - 7)]);
        await engine.SettleSourcesAsync();
        Recommendation kept = await engine.RecommendAsync("a", query);
        Assert.Equal(ListDecision.New, first.Decision);
        Assert.Equal(ListDecision.Keep, kept.Decision);
        Assert.Equal(ItemId(newcomer), kept.Items[0].Item);
        Assert.Equal(1, engine.GetStats().Scans);
    }

    [Fact]
    public async Task Recommend_ItemRemoved_IsInNoSource()
    {
        BehaviourEvent[] events = Events();
        await using InterestEngine engine = await OpenAsync(AllFive, events);
        OpaqueId best = (await engine.RecommendAsync(User, new RecommendQuery { Count = 1 })).Items[0].Item;
        await engine.RemoveItemsAsync([best]);
        Recommendation list = await engine.RecommendAsync(User, new RecommendQuery { Count = ItemCount });
        Assert.Equal(ItemCount - 1, list.Items.Count);
        Assert.DoesNotContain(list.Items, item => item.Item == best);
    }

    [Fact]
    public async Task SetPolicy_WeightsOfNothing_AreRefusedAndTheOldOnesStay()
    {
        await using InterestEngine engine = await OpenAsync(AllFive, Events());
        Assert.Throws<ArgumentException>(
            () => engine.SetPolicy(ExactPolicy with { Sources = new SourcePolicy { Vector = 0 } }));
        Assert.Throws<ArgumentException>(
            () => engine.SetPolicy(ExactPolicy with { Sources = new SourcePolicy { Transitions = double.NaN } }));
        Recommendation list = await engine.RecommendAsync(User, new RecommendQuery { Explain = true });
        Assert.Equal(5, list.Items[0].Sources.Count);
    }

    private static SourcePolicy[] Policies() =>
    [
        AllFive,
        new() { Transitions = 1 },
        new() { Vector = 0, Transitions = 1 },
        new() { Vector = 0.5, Neighbours = 1, SeedHalfLife = TimeSpan.FromDays(1) },
        new() { Vector = 0, Popularity = 1 },
        new() { Vector = 0.2, Repeats = 1, RepeatHalfLife = TimeSpan.FromDays(1) },
        new() { Vector = 2, Neighbours = 0.1, Popularity = 0.4, PopularityHalfLife = TimeSpan.FromHours(3) },
    ];

    /// <summary>Times of all users interleave; a few hours in all, at least a millisecond apart.</summary>
    private static BehaviourEvent[] Events()
    {
        var random = new Random(42);
        var events = new BehaviourEvent[400];
        for (int index = 0; index < events.Length; index++)
        {
            int item = Math.Min(random.Next(ItemCount), random.Next(ItemCount));
            events[index] = Click("u" + random.Next(UserCount), item, NowMs - ((400 - index) * 100_000L));
        }

        return events;
    }

    private static async Task<InterestEngine> OpenAsync(SourcePolicy policy, BehaviourEvent[] events)
    {
        // No candidates to spare: the scan must bring exactly the K that the blend needs.
        ServingPolicy serving = ExactPolicy with { Sources = policy, CandidateFactor = 1 };
        EngineOptions options = Options() with { Policy = serving };
        InterestEngine engine = await OpenWithItemsAsync(options, ItemCount);
        await engine.SettleSourcesAsync();
        foreach (BehaviourEvent[] call in events.Chunk(100))
        {
            await engine.ObserveAsync(call);
            await engine.SettleSourcesAsync();
        }

        return engine;
    }

    /// <summary>Order and scores; items whose scores rounding could have swapped may swap.</summary>
    private static void AssertSame((OpaqueId Item, double Score)[] expected, Recommendation list, int count = 40)
    {
        Dictionary<OpaqueId, double> scoreOf = expected.ToDictionary(item => item.Item, item => item.Score);
        Assert.Equal(Math.Min(count, expected.Length), list.Items.Count);
        for (int place = 0; place < list.Items.Count; place++)
        {
            RecommendedItem item = list.Items[place];
            Assert.Equal(scoreOf[item.Item], item.Score, 2e-4);
            Assert.Equal(expected[place].Score, item.Score, 2e-4);
        }

        Assert.Equal(list.Items.Count, list.Items.Select(item => item.Item).Distinct().Count());
    }

    private static bool IsOfCategory3(OpaqueId item) => int.Parse(item.ToString()[5..]) % 5 == 3;
}
