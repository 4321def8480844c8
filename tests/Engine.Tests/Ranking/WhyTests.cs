using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest.Lifecycle;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Why;
using Ebb.Engine.Sources;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Ranking;

/// <summary>Scores taken apart, against the plain sum over all events in double.</summary>
public sealed class WhyTests
{
    private const int ItemCount = 60;
    private const string User = "u1";

    [Theory]
    [InlineData(12, false)]
    [InlineData(12, true)]
    [InlineData(80, false)]
    public async Task Why_VectorAlone_TermsAreThePlainSumsAndAddUp(int eventCount, bool withAttention)
    {
        float[] attention = withAttention ? [.. Enumerable.Range(0, Dimension).Select(d => d / 8f)] : [];
        BehaviourEvent[] events = Events(eventCount);
        await using InterestEngine engine = await OpenAsync(ExactPolicy with { Attention = attention });
        await engine.ObserveAsync(events);
        ItemPut[] items = Items(ItemCount);
        for (int row = 0; row < ItemCount; row += 7)
        {
            ScoreExplanation why = await engine.WhyAsync(User, ItemId(row));
            double[] terms = [.. events.Select(act => Term(items, act, row, events[^1].TimeMs, attention))];
            double scale = terms.Sum(Math.Abs);
            Assert.Equal(terms.Sum(), why.Score, 1e-5 * scale);
            Assert.Equal(
                terms.TakeLast(32).Order(), why.Events.Select(one => one.Amount).Order(), Near(scale));
            Assert.Equal(terms.SkipLast(32).Sum(), why.OlderEvents, 1e-5 * scale);
            Assert.Equal(why.Score, Total(why), 1e-5 * scale);
            Assert.Equal(why.Sources.Single(), new SourceShare(SourceKind.Vector, why.Score, double.NaN));
            Assert.Null(why.Since);
            Assert.Equal(why.Events.OrderByDescending(one => Math.Abs(one.Amount)), why.Events);
        }
    }

    [Fact]
    public async Task Why_OfAListedItem_IsTheListsScore()
    {
        LifecyclePolicy lifecycle = new() { Categories = new() { Boost = 0.5, Reduce = 0.5 } };
        SourcePolicy sources = new() { Vector = 0.7, Repeats = 0.4, Popularity = 0.2, Neighbours = 0.3 };
        await using InterestEngine engine = await OpenAsync(
            ExactPolicy with { Sources = sources, Lifecycle = lifecycle });
        await engine.ObserveAsync(Events(40));
        await engine.SettleSourcesAsync();
        Recommendation list = await engine.RecommendAsync(
            User, new RecommendQuery { Count = ItemCount, Explain = true });
        Assert.Equal(ItemCount, list.Items.Count);
        foreach (RecommendedItem item in list.Items)
        {
            ScoreExplanation why = await engine.WhyAsync(User, item.Item);
            Assert.Equal(item.Score, why.Score, 1e-5);
            Assert.Equal(item.Sources.Select(source => source.Kind), why.Sources.Select(source => source.Kind));
            Assert.Equal(why.Score, why.Sources.Sum(source => source.Amount), 1e-5);
            double vector = why.Sources[0].Amount;
            Assert.Equal(vector, Total(why), 1e-5 * (1 + why.Events.Sum(one => Math.Abs(one.Amount))));
        }
    }

    [Theory]
    [InlineData(20, 25)]
    [InlineData(20, 5)]
    [InlineData(60, 10)]
    public async Task Why_Since_IsTheEngineThatHasSeenNoMore(int eventCount, int sinceIndex)
    {
        BehaviourEvent[] events = Events(eventCount);
        int seen = Math.Min(eventCount, eventCount > 32 ? eventCount - sinceIndex : sinceIndex);
        long since = seen < eventCount ? events[seen].TimeMs - 1 : NowMs - 500;
        SourcePolicy sources = new() { Vector = 0.7, Repeats = 0.4 };
        await using InterestEngine engine = await OpenAsync(ExactPolicy with { Sources = sources });
        await engine.ObserveAsync(events);
        await using InterestEngine earlier = await OpenAsync(ExactPolicy with { Sources = sources });
        await earlier.ObserveAsync(events[..seen]);
        for (int row = 0; row < ItemCount; row += 11)
        {
            ScoreExplanation why = await engine.WhyAsync(User, ItemId(row), since);
            ScoreExplanation then = await earlier.WhyAsync(User, ItemId(row), null, since);
            Assert.True(why.Since!.IsComplete);
            Assert.Equal(then.Sources[0].Amount, why.Sources[0].Then, 1e-4);
            double thenTotal = why.Events.Sum(one => one.Then) + why.Since.OlderEvents;
            Assert.Equal(why.Sources[0].Then, thenTotal, 1e-4);
            Assert.All(
                why.Events, one => Assert.Equal(one.TimeMs > since, one.Then == 0));
            if (eventCount <= 32)
            {
                // With more than L events the window of what the sources read is another.
                Assert.Equal(then.Score, why.Since.Score, 1e-4);
            }
        }
    }

    [Fact]
    public async Task Why_ADayBefore_HasTheScaleOfThen()
    {
        await using InterestEngine engine = await OpenAsync(ExactPolicy);
        await engine.ObserveAsync([Click(User, 1, NowMs - (3 * DayMs)), Click(User, 2, NowMs)]);
        ScoreExplanation why = await engine.WhyAsync(User, ItemId(1), NowMs - DayMs);
        double own = Term(Items(ItemCount), Click(User, 1, 0), 1, 0, []);
        Assert.Equal(own / 4, why.Since!.Score * Math.Pow(2, why.Since.Log2Scale), 1e-5);
        ScoreExplanation before = await engine.WhyAsync(User, ItemId(1), NowMs - (4 * DayMs));
        Assert.False(before.Since!.Known);
        Assert.Equal(0, before.Since.Score);
    }

    [Fact]
    public async Task Why_Rules_AreNamed()
    {
        LifecyclePolicy lifecycle = new()
        {
            Categories = new() { HalfLife = TimeSpan.FromHours(1), Stop = true },
            Items = new() { HalfLife = TimeSpan.FromHours(1), Stop = true },
        };
        await using InterestEngine engine = await OpenAsync(
            ExactPolicy with { Lifecycle = lifecycle, ScoreMin = 1000 });
        await engine.ObserveAsync([Click(User, 1, NowMs)]);
        await engine.PutItemsAsync([Items(ItemCount)[6] with { InStock = false }]);
        ScoreExplanation own = await engine.WhyAsync(User, ItemId(1), null, NowMs + DayMs);
        ScoreExplanation other = await engine.WhyAsync(User, ItemId(6), null, NowMs + DayMs);
        Assert.Equal(ScoreRules.StoppedCategory | ScoreRules.StoppedItem | ScoreRules.BelowScoreMin, own.Rules);
        Assert.Equal(
            ScoreRules.StoppedCategory | ScoreRules.OutOfStock | ScoreRules.BelowScoreMin, other.Rules);
        Assert.Equal(["c1 Expired", "item-1 Expired"], own.Phases.Select(phase => $"{phase.Name} {phase.Phase}"));
    }

    [Fact]
    public async Task Why_StrangerAndUnknownItem_HaveTheirAnswers()
    {
        await using InterestEngine engine = await OpenAsync(ExactPolicy);
        await engine.ObserveAsync([Click("other", 4, NowMs)]);
        ScoreExplanation why = await engine.WhyAsync("stranger", ItemId(4));
        Assert.False(why.Known);
        Assert.Equal("popularity", why.Sources.Single().Name);
        Assert.Equal(1, why.Score, 1e-6);
        EngineRequestException refused = await Assert.ThrowsAsync<EngineRequestException>(
            () => engine.WhyAsync(User, "nothing"));
        Assert.Equal(EntryStatus.UnknownItem, refused.Status);
    }

    [Fact]
    public async Task Attention_List_IsTheWeightedSumInDouble()
    {
        float[] attention = [.. Enumerable.Range(0, Dimension).Select(d => d % 3 == 0 ? 0f : d / 4f)];
        BehaviourEvent[] events = Events(30);
        ItemPut[] items = Items(ItemCount);
        await using InterestEngine engine = await OpenAsync(ExactPolicy with { Attention = attention });
        await engine.ObserveAsync(events);
        Recommendation list = await engine.RecommendAsync(User, new RecommendQuery { Count = 20 });
        var expected = Enumerable.Range(0, ItemCount)
            .Select(row => (Row: row, Score: events.Sum(act => Term(items, act, row, events[^1].TimeMs, attention))))
            .OrderByDescending(item => item.Score).Take(20).ToArray();
        Assert.Equal(expected.Select(item => ItemId(item.Row)), list.Items.Select(item => item.Item));
        Assert.All(list.Items.Zip(expected), pair => Assert.Equal(pair.Second.Score, pair.First.Score, 1e-4));
        Assert.Throws<ArgumentException>(() => engine.SetPolicy(ExactPolicy with { Attention = [1f, 2f] }));
        Assert.Throws<ArgumentException>(
            () => engine.SetPolicy(ExactPolicy with { Attention = new float[Dimension] }));
    }

    private static double Total(ScoreExplanation why) => why.Events.Sum(one => one.Amount) + why.OlderEvents;

    private static Comparison Near(double scale) => new(scale * 1e-6);

    private static double Term(ItemPut[] items, BehaviourEvent act, int row, long asOfMs, float[] attention)
    {
        int eventRow = int.Parse(act.Item.ToString()[5..]);
        double dot = 0;
        for (int d = 0; d < Dimension; d++)
        {
            double weight = attention.Length == 0 ? 1 : attention[d];
            dot += weight * items[row].Vector.Span[d] * items[eventRow].Vector.Span[d];
        }

        return dot * Math.Pow(2, -(asOfMs - act.TimeMs) / (double)DayMs);
    }

    private static BehaviourEvent[] Events(int count)
    {
        var random = new Random(42);
        return
        [
            .. Enumerable.Range(0, count).Select(index =>
                Click(User, random.Next(ItemCount), NowMs - ((count - index) * 3_600_000L))),
        ];
    }

    private static Task<InterestEngine> OpenAsync(ServingPolicy policy) =>
        OpenWithItemsAsync(Options() with { Policy = policy }, ItemCount);

    private sealed class Comparison(double tolerance) : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) <= tolerance;

        public int GetHashCode(double value) => 0;
    }
}
