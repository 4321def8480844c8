using Ebb.Engine.Catalogue;
using Ebb.Engine.Similar;
using Ebb.Engine.Sources;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Similar;

public sealed class SimilarTests
{
    private static readonly SourcePolicy Learned = new() { Neighbours = 1, NeighbourWindow = 3 };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public async Task Similar_Basket_IsTheFullSortInDouble(int basketCount)
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        ItemPut[] items = Items(200);
        int[] basket = [.. Enumerable.Range(0, basketCount).Select(index => index * 11)];

        SimilarList list = await engine.SimilarAsync(
            new SimilarQuery([.. basket.Select(ItemId)]) { Count = 30 });

        double[] direction = Direction(basket.Select(index => items[index].Vector.ToArray()));
        (OpaqueId Id, double Score)[] expected =
        [
            .. items.Where((_, index) => !basket.Contains(index))
                .Select(item => (item.Id, Dot(direction, item.Vector.ToArray())))
                .OrderByDescending(item => item.Item2).Take(30),
        ];
        Assert.Equal(expected.Select(item => item.Id), list.Items.Select(item => item.Item));
        Assert.All(list.Items.Zip(expected), pair => Assert.Equal(pair.Second.Score, pair.First.Score, 1e-5));
    }

    [Fact]
    public async Task Similar_FilterAndUnknownItems_AreHonoured()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        var filter = new ItemFilter { Allow = [new AttributeValue(AttributeKind.Category, "c3")] };

        SimilarList list = await engine.SimilarAsync(
            new SimilarQuery([ItemId(3), "nothing", ItemId(3)]) { Count = 1000, Filter = filter });

        // 40 items have the category, one of which was asked with.
        Assert.Equal(39, list.Items.Count);
        Assert.Equal(1, list.UnknownCount);
        Assert.False(list.Learned);
    }

    [Fact]
    public async Task Complementary_IsTheSumOfNeighbourLinksInDouble()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(
            Options() with { Policy = ExactPolicy with { Sources = Learned } }, 14);
        var random = new Random(42);
        BehaviourEvent[] events =
        [
            .. Enumerable.Range(0, 400).Select(
                index => Click("u" + (index % 40), random.Next(14), NowMs - 400 + index)),
        ];
        foreach (BehaviourEvent behaviour in events)
        {
            await engine.ObserveAsync([behaviour]);
        }

        await engine.SettleSourcesAsync();
        int[] basket = [2, 9];
        SimilarList list = await engine.SimilarAsync(
            new SimilarQuery([ItemId(2), ItemId(9)]) { Kind = SimilarKind.Complementary, Count = 5 });

        (OpaqueId Item, double Sum)[] expected = [.. Sums(events, basket, 14).Take(5)];
        Assert.True(list.Learned);
        Assert.Equal(expected.Select(item => item.Item), list.Items.Select(item => item.Item));
        Assert.All(list.Items.Zip(expected), pair => Assert.Equal(pair.Second.Sum, pair.First.Score, 1e-4));
    }

    [Fact]
    public async Task Similar_ItemsWithoutDirection_GiveAnEmptyList()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        float[] one = new float[Dimension];
        one[0] = 1;
        await engine.PutItemsAsync(
            [new("zero", new float[Dimension]), new("plus", one), new("minus", Array.ConvertAll(one, x => -x))]);

        Assert.Empty((await engine.SimilarAsync(new SimilarQuery(["zero"]))).Items);
        Assert.Empty((await engine.SimilarAsync(new SimilarQuery(["plus", "minus"]))).Items);
        Assert.Equal(20, (await engine.SimilarAsync(new SimilarQuery(["zero", "plus"]))).Items.Count);
    }

    [Fact]
    public async Task Similar_BadInput_IsRefusedWithItsStatus()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        OpaqueId[] many = [.. Enumerable.Range(0, 33).Select(ItemId)];

        await RefusedAsync(engine, new SimilarQuery([]), EntryStatus.Malformed);
        await RefusedAsync(engine, new SimilarQuery(many), EntryStatus.TooManyEntries);
        await RefusedAsync(engine, new SimilarQuery([ItemId(0)]) { Count = 0 }, EntryStatus.KOutOfRange);
        await RefusedAsync(engine, new SimilarQuery([ItemId(0)]) { Count = 1001 }, EntryStatus.KOutOfRange);
        await RefusedAsync(engine, new SimilarQuery([ItemId(0)]) { Kind = (SimilarKind)7 }, EntryStatus.Malformed);
        await RefusedAsync(engine, new SimilarQuery([default]), EntryStatus.IdLength);
        await RefusedAsync(engine, new SimilarQuery(["nothing"]), EntryStatus.UnknownItem);
    }

    [Fact]
    public async Task Similar_ManyAtOnce_AreAllAnsweredAsAlone()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        SimilarList[] together = await Task.WhenAll(
            Enumerable.Range(0, 200).Select(index => Task.Run(() => engine.SimilarAsync(
                new SimilarQuery([ItemId(index)]) { Count = 3 }))));

        for (int index = 0; index < 200; index += 37)
        {
            SimilarList alone = await engine.SimilarAsync(new SimilarQuery([ItemId(index)]) { Count = 3 });
            Assert.Equal(alone.Items, together[index].Items);
        }
    }

    private static async Task RefusedAsync(InterestEngine engine, SimilarQuery query, EntryStatus status) =>
        Assert.Equal(
            status,
            (await Assert.ThrowsAsync<EngineRequestException>(() => engine.SimilarAsync(query))).Status);

    private static double[] Direction(IEnumerable<float[]> vectors)
    {
        double[] sum = new double[Dimension];
        foreach (float[] vector in vectors)
        {
            double norm = Math.Sqrt(vector.Sum(x => (double)x * x));
            for (int d = 0; d < sum.Length; d++)
            {
                sum[d] += vector[d] / norm;
            }
        }

        double length = Math.Sqrt(sum.Sum(x => x * x));
        return [.. sum.Select(x => x / length)];
    }

    private static double Dot(double[] left, float[] right) => left.Zip(right, (a, b) => a * b).Sum();

    /// <summary>Pairs within three events of a user, as cosines with two events taken off for chance.</summary>
    private static IEnumerable<(OpaqueId Item, double Sum)> Sums(BehaviourEvent[] events, int[] basket, int itemCount)
    {
        var pairs = new Dictionary<(OpaqueId, OpaqueId), double>();
        var counts = new Dictionary<OpaqueId, double>();
        foreach (IGrouping<OpaqueId, BehaviourEvent> user in events.GroupBy(behaviour => behaviour.User))
        {
            OpaqueId[] items = [.. user.Select(behaviour => behaviour.Item)];
            for (int at = 0; at < items.Length; at++)
            {
                counts[items[at]] = counts.GetValueOrDefault(items[at]) + 1;
                foreach (OpaqueId other in items[Math.Max(0, at - 3)..at].Distinct().Where(id => id != items[at]))
                {
                    pairs[(items[at], other)] = pairs.GetValueOrDefault((items[at], other)) + 1;
                    pairs[(other, items[at])] = pairs.GetValueOrDefault((other, items[at])) + 1;
                }
            }
        }

        return Enumerable.Range(0, itemCount).Where(item => !basket.Contains(item))
            .Select(item => (ItemId(item), basket.Sum(from =>
                pairs.GetValueOrDefault((ItemId(from), ItemId(item)))
                / (Math.Sqrt(counts[ItemId(from)] * counts[ItemId(item)]) + 2))))
            .OrderByDescending(item => item.Item2);
    }
}
