using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Ebb.Kernels.TopK;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Ranking;

/// <summary>What refresh, diversify and a re-ranker leave in a list; rules written out again in double.</summary>
public sealed class ListChoiceTests
{
    private const int Count = 10;
    private const int ItemCount = 200;

    private static readonly RecommendQuery Ten = new() { Count = Count };

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.05)]
    [InlineData(0.2)]
    [InlineData(0.6)]
    public async Task Refresh_ReplacesTheLeastJustifiedAlone(double tolerance)
    {
        ServingPolicy policy = new() { KeepBelow = 0, ShiftFrom = 3, RefreshTolerance = tolerance };
        await using InterestEngine engine = await OpenAsync(policy);
        var random = new Random(42);
        var events = new List<BehaviourEvent>();
        HashSet<OpaqueId> shown = [];
        int replacedCount = 0;
        int keptCount = 0;
        for (int step = 0; step < 25; step++)
        {
            events.Add(Click("a", random.Next(ItemCount), NowMs - ((25 - step) * 3_600_000L)));
            Recommendation list = (await engine.ActAsync("a", [events[^1]], Ten)).Recommendation;
            (OpaqueId Item, double Score)[] ranked = Oracle(events, Items(ItemCount), DayMs, 4 * Count);
            OpaqueId[] expected = step == 0
                ? [.. ranked.Take(Count).Select(item => item.Item)]
                : Refreshed(ranked, shown, tolerance);
            Assert.Equal(expected.Order(), list.Items.Select(item => item.Item).Order());
            Assert.Equal(list.Items.OrderByDescending(item => item.Score), list.Items);
            int fresh = ranked.Take(Count).Count(item => shown.Contains(item.Item));
            int stayed = expected.Count(shown.Contains);
            Assert.True(stayed >= fresh, "more left than a fresh ranking would drop");
            keptCount += stayed - fresh;
            replacedCount += step == 0 ? 0 : Count - stayed;
            shown = [.. expected];
        }

        Assert.True(replacedCount > 0);
        Assert.Equal(tolerance > 0, keptCount > 0);
    }

    [Theory]
    [InlineData(1.0, 2)]
    [InlineData(0.7, 0)]
    [InlineData(0.3, 0)]
    [InlineData(0.3, 3)]
    [InlineData(0.0, 1)]
    public async Task Diversify_IsMaximalMarginalRelevanceWithCaps(double lambda, int cap)
    {
        ServingPolicy policy = new() { KeepBelow = 0, ShiftFrom = 0, DiversityLambda = lambda, CategoryCap = cap };
        await using InterestEngine engine = await OpenAsync(policy);
        BehaviourEvent[] events = [Click("a", 7, NowMs - DayMs), Click("a", 11, NowMs)];
        await engine.ActAsync("a", [events[0]], Ten);
        Recommendation list = (await engine.ActAsync("a", [events[1]], Ten)).Recommendation;
        Assert.Equal(ListDecision.Diversify, list.Decision);
        Assert.Equal(Diverse(events, lambda, cap), list.Items.Select(item => item.Item));
        if (cap > 0)
        {
            var counts = list.Items.CountBy(item => int.Parse(item.Item.ToString()[5..]) % 5);
            Assert.All(counts, category => Assert.True(category.Value <= cap));

            // Five categories: a cap of one leaves five items, whatever was asked for.
            Assert.Equal(Math.Min(Count, 5 * cap), list.Items.Count);
        }
    }

    [Fact]
    public async Task Diversify_ItemsWithoutCategory_AreNotCapped()
    {
        ServingPolicy policy = new() { KeepBelow = 0, ShiftFrom = 0, CategoryCap = 1 };
        await using InterestEngine engine = await OpenAsync(policy);
        await engine.PutItemsAsync([.. Items(ItemCount).Select(item => item with { Category = null })]);
        await engine.ActAsync("a", [Click("a", 7, NowMs)], Ten);
        Recommendation list = (await engine.ActAsync("a", [Click("a", 11, NowMs)], Ten)).Recommendation;
        Assert.Equal(Count, list.Items.Count);
    }

    [Fact]
    public async Task ReRanker_OrdersTheBestAndLeavesTheRest()
    {
        var reversing = new Reversing();
        ServingPolicy policy = ExactPolicy with { ReRankCount = 15 };
        EngineOptions options = Options() with { Policy = policy, ReRanker = reversing };
        await using InterestEngine engine = await OpenWithItemsAsync(options, ItemCount);
        BehaviourEvent[] events = [Click("a", 7, NowMs - DayMs), Click("a", 11, NowMs)];
        await engine.ObserveAsync(events);
        Recommendation list = await engine.RecommendAsync("a", new RecommendQuery { Count = 20, NowMs = NowMs + 5 });
        (OpaqueId Item, double Score)[] ranked = Oracle(events, Items(ItemCount), DayMs, 20);

        // The best of all has no number, and goes last of the fifteen.
        var expected = ranked[1..15].Reverse().Append(ranked[0]).Concat(ranked[15..]).ToArray();
        Assert.Equal(expected.Select(item => item.Item), list.Items.Select(item => item.Item));
        Assert.All(
            list.Items.Zip(expected), pair => Assert.Equal(pair.Second.Score, pair.First.Score, 1e-4));
        Assert.False(list.Exact);
        Assert.Equal((2, 11u, NowMs + 5, ItemCount), reversing.Seen);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task ReRanker_NotAskedFor_IsNotCalled(int count)
    {
        var reversing = new Reversing();
        EngineOptions options = Options() with
        {
            Policy = ExactPolicy with { ReRankCount = count },
            ReRanker = reversing,
        };
        await using InterestEngine engine = await OpenWithItemsAsync(options, ItemCount);
        await engine.ObserveAsync([Click("a", 7, NowMs)]);
        Assert.True((await engine.RecommendAsync("a", Ten)).Exact);
        Assert.Equal(default, reversing.Seen);
    }

    /// <summary>Leavers, strongest first, against newcomers, weakest first, until one pair does not hold.</summary>
    private static OpaqueId[] Refreshed(
        (OpaqueId Item, double Score)[] ranked, HashSet<OpaqueId> shown, double tolerance)
    {
        var fresh = ranked[..Count].ToList();
        var newcomers = fresh.Where(item => !shown.Contains(item.Item)).Reverse().ToArray();
        var leavers = ranked[Count..].Where(item => shown.Contains(item.Item)).ToArray();
        for (int pair = 0; tolerance > 0 && pair < Math.Min(newcomers.Length, leavers.Length); pair++)
        {
            double least = newcomers[pair].Score - (tolerance * Math.Abs(newcomers[pair].Score));
            if (leavers[pair].Score < least)
            {
                break;
            }

            fresh.Remove(newcomers[pair]);
            fresh.Add(leavers[pair]);
        }

        return [.. fresh.Select(item => item.Item)];
    }

    private static IEnumerable<OpaqueId> Diverse(BehaviourEvent[] events, double lambda, int cap)
    {
        ItemPut[] items = Items(ItemCount);
        double[] query = new double[Dimension];
        foreach (BehaviourEvent act in events)
        {
            double fade = Math.Pow(2, -(NowMs - act.TimeMs) / (double)DayMs);
            double[] vector = VectorOf(items, act.Item);
            query = [.. query.Zip(vector, (sum, x) => sum + (fade * x))];
        }

        List<OpaqueId> left = [.. Oracle(events, items, DayMs, 4 * Count).Select(item => item.Item)];
        List<OpaqueId> chosen = [];
        while (chosen.Count < Count)
        {
            var allowed = left.Where(item => cap == 0 || chosen.Count(one => Category(one) == Category(item)) < cap);
            if (!allowed.Any())
            {
                break;
            }

            OpaqueId best = allowed.MaxBy(item => (lambda * Cosine(query, VectorOf(items, item))) - ((1 - lambda)
                * chosen.Select(one => Cosine(VectorOf(items, one), VectorOf(items, item))).DefaultIfEmpty(0).Max()));
            chosen.Add(best);
            left.Remove(best);
        }

        return chosen;
    }

    private static int Category(OpaqueId item) => int.Parse(item.ToString()[5..]) % 5;

    private static double[] VectorOf(ItemPut[] items, OpaqueId item) =>
        [.. items[int.Parse(item.ToString()[5..])].Vector.ToArray().Select(x => (double)x)];

    private static double Cosine(double[] a, double[] b) => Dot(a, b) / Math.Sqrt(Dot(a, a) * Dot(b, b));

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static Task<InterestEngine> OpenAsync(ServingPolicy policy) =>
        OpenWithItemsAsync(Options() with { Policy = policy }, ItemCount);

    private sealed class Reversing : IReRanker
    {
        public (int RecentCount, uint NewestItem, long NowMs, int Items) Seen { get; private set; }

        public void ReRank(in ReRankContext context, ReadOnlySpan<ScoredItem> best, Span<float> order)
        {
            Seen = (context.Recent.Length, context.Recent[0].ItemIndex, context.NowMs, context.Items.Count);
            Assert.Equal(Dimension, context.Query.Length);
            Assert.Equal("a"u8, context.User);
            for (int place = 0; place < best.Length; place++)
            {
                order[place] = place == 0 ? float.NaN : place;
            }
        }
    }
}
