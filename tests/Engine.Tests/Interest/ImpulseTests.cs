using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Interest;

/// <summary>w = W[type]·g(value) against the formula in double, in what is logged and in what is ranked.</summary>
public sealed class ImpulseTests
{
    private static readonly MemorySchema Schema = UnitSchema with
    {
        EventTypes =
        [
            new EventTypeRule(EventTypes.View, "view", 0.5f, ImpulseScale.Logarithmic),
            new EventTypeRule(EventTypes.Rate, "rating", 0.25f, ImpulseScale.Linear),
            new EventTypeRule(EventTypes.Purchase, "purchase", 4, ImpulseScale.Logarithmic),
            new EventTypeRule(EventTypes.Return, "return", -4, ImpulseScale.Logarithmic),
            new EventTypeRule(EventTypes.Dislike, "dislike", -2),
        ],
    };

    [Theory]
    [InlineData(EventTypes.View, 7f, 0.5 * 3)]
    [InlineData(EventTypes.View, null, 0.5)]
    [InlineData(EventTypes.Rate, 3f, 0.75)]
    [InlineData(EventTypes.Rate, -2f, -0.5)]
    [InlineData(EventTypes.Purchase, 3f, 8)]
    [InlineData(EventTypes.Return, 3f, -8)]
    [InlineData(EventTypes.Dislike, 3f, -2)]
    public async Task Observe_TypeAndValue_WeighAsTheFormulaSays(byte type, float? value, double expected)
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Schema = Schema });
        await engine.ObserveAsync([new BehaviourEvent("ann", ItemId(3), type, NowMs, value)]);

        InterestProfile profile = await engine.ProfileAsync("ann", NowMs);
        Assert.Equal(expected, profile.RecentEvents[0].Weight, 1e-6);
    }

    [Fact]
    public async Task Recommend_ManyTypesAndValues_IsThePlainSumInDouble()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Schema = Schema });
        ItemPut[] items = Items(200);
        var random = new Random(42);
        byte[] types =
            [EventTypes.View, EventTypes.Rate, EventTypes.Purchase, EventTypes.Return, EventTypes.Dislike];
        double[] interest = new double[Dimension];
        double halfLifeMs = Schema.HalfLives[0].TotalMilliseconds;
        for (int index = 0; index < 25; index++)
        {
            int item = random.Next(200);
            byte type = types[random.Next(types.Length)];
            float value = random.Next(0, 6);
            long timeMs = NowMs - ((24 - index) * 3_600_000L);
            await engine.ObserveAsync([new BehaviourEvent("ann", ItemId(item), type, timeMs, value)]);
            double factor = WeightOf(type, value) * Math.Pow(2, -(NowMs - timeMs) / halfLifeMs);
            for (int d = 0; d < Dimension; d++)
            {
                interest[d] += factor * items[item].Vector.Span[d];
            }
        }

        Recommendation list = await engine.RecommendAsync("ann", new RecommendQuery { Count = 10, NowMs = NowMs });
        (OpaqueId Item, double Score)[] oracle =
        [
            .. items.Select(item => (item.Id, Score: Enumerable.Range(0, Dimension)
                .Sum(d => interest[d] * item.Vector.Span[d]))).OrderByDescending(item => item.Score).Take(10),
        ];
        Assert.Equal(oracle.Select(item => item.Item), list.Items.Select(item => item.Item));
        Assert.All(
            oracle.Zip(list.Items), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-4));
    }

    [Fact]
    public async Task Observe_PurchaseAndItsReturnAtOnce_LeaveNothing()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Schema = Schema });
        await engine.ObserveAsync(
        [
            new BehaviourEvent("ann", ItemId(3), EventTypes.Purchase, NowMs, 3),
            new BehaviourEvent("ann", ItemId(3), EventTypes.Return, NowMs, 3),
        ]);

        ListDecision decision =
            (await engine.RecommendAsync("ann", new RecommendQuery { Count = 5, NowMs = NowMs })).Decision;
        Assert.Equal(ListDecision.Popular, decision);
    }

    private static double WeightOf(byte type, double value) => type switch
    {
        EventTypes.View => 0.5 * Math.Log2(1 + value),
        EventTypes.Rate => 0.25 * value,
        EventTypes.Purchase => 4 * Math.Log2(1 + value),
        EventTypes.Return => -4 * Math.Log2(1 + value),
        _ => -2,
    };
}
