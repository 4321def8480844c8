using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Ebb.Engine.Tests.Recovery;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Ranking;

/// <summary>A stranger's list per segment, against (n_s + κ·π) written out again.</summary>
public sealed class SegmentFavouritesTests
{
    private const int EventCount = 400;

    [Fact]
    public async Task Stranger_OfASegment_GetsTheSegmentsDemandOverThePopulations()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        (int Item, long TimeMs, string Segment)[] acts = await ActAsync(engine);

        double halfLifeMs = UnitSchema.PopularityHalfLife.TotalMilliseconds;
        double Demand(int item, Func<string, bool> isOf) => acts.Where(act => act.Item == item && isOf(act.Segment))
            .Sum(act => Math.Pow(2, -(NowMs - act.TimeMs) / halfLifeMs));
        double all = Enumerable.Range(0, 200).Sum(item => Demand(item, _ => true));
        foreach (string segment in (string[])["de", "uk"])
        {
            Recommendation list = await engine.RecommendAsync("new", Query(segment));

            (string Item, double Score)[] expected =
            [
                .. Enumerable.Range(0, 200)
                    .Select(item => (Item: "item-" + item, Score: Demand(item, one => one == segment)
                        + (SegmentFavourites.PriorMass * Demand(item, _ => true) / all)))
                    .OrderByDescending(item => item.Score).Take(10),
            ];
            Assert.Equal(ListDecision.Popular, list.Decision);
            Assert.Equal(expected.Select(item => item.Item), list.Items.Select(item => item.Item.ToString()));
            Assert.All(
                expected.Zip(list.Items),
                pair => Assert.Equal(pair.First.Score / expected[0].Score, pair.Second.Score, 1e-4));
        }
    }

    [Fact]
    public async Task Stranger_OfNoSegmentOrOneThatNobodyNamed_GetsThePopulations()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await ActAsync(engine);

        Recommendation plain = await engine.RecommendAsync("new", Query(""));
        Recommendation unknown = await engine.RecommendAsync("new", Query("fr"));
        Recommendation segment = await engine.RecommendAsync("new", Query("de"));

        Assert.Equal(
            plain.Items.Select(item => (item.Item, item.Score)), unknown.Items.Select(item => (item.Item, item.Score)));
        Assert.NotEqual(plain.Items.Select(item => item.Item), segment.Items.Select(item => item.Item));
    }

    [Fact]
    public async Task Stranger_OfASegment_SeesNothingThatAFilterLeavesOut()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await ActAsync(engine);
        var filter = new ItemFilter
        {
            Segment = "de",
            Allow = [new AttributeValue(AttributeKind.Category, "c3")],
        };

        Recommendation list = await engine.RecommendAsync("new", new RecommendQuery { Count = 50, Filter = filter });

        Assert.Equal(40, list.Items.Count);
        Assert.Equal(40, list.Items.Select(item => item.Item).Distinct().Count());
        Assert.All(list.Items, item => Assert.Equal(3, int.Parse(item.Item.ToString()["item-".Length..]) % 5));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stranger_OfASegment_AfterARestart_GetsTheSameList(bool wholeLog)
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path);
        (string, float)[] before;
        byte[] hash;
        await using (InterestEngine engine = await OpenWithItemsAsync(options))
        {
            await ActAsync(engine);
            before = await ListAsync(engine, "de");
            hash = await engine.ComputeStateHashAsync();
        }

        await using InterestEngine again = await InterestEngine.OpenAsync(options with { ReplayWholeLog = wholeLog });
        Assert.Equal(hash, await again.ComputeStateHashAsync());
        Assert.Equal(before, await ListAsync(again, "de"));
        Assert.NotEqual(before, await ListAsync(again, "uk"));
    }

    [Fact]
    public async Task Forget_TakesTheUsersShareOutOfHisSegment()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await using InterestEngine without = await OpenWithItemsAsync(Options());
        await ActAsync(engine);
        await ActAsync(without);
        (string, float)[] expected = await ListAsync(without, "de");
        for (int act = 0; act < 20; act++)
        {
            await engine.ActAsync("eve", [Click("eve", 199, NowMs - act)], Query("de"));
        }

        Assert.Equal("item-199", (await ListAsync(engine, "de"))[0].Item1);
        await engine.ForgetAsync("eve");
        Compare(expected, await ListAsync(engine, "de"));
    }

    [Fact]
    public async Task Merge_OfAVisitor_BringsHisDemandToTheSegmentOfTheCustomer()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await using InterestEngine one = await OpenWithItemsAsync(Options());
        await engine.ActAsync("ann", [Click("ann", 60, NowMs - DayMs)], Query("de"));
        await engine.ActAsync("visitor", [Click("visitor", 150, NowMs)], Query("uk"));
        await engine.MergeAsync("visitor", "ann");
        await one.ActAsync("ann", [Click("ann", 60, NowMs - DayMs)], Query("de"));
        await one.ActAsync("ann", [Click("ann", 150, NowMs)], Query("de"));
        Compare(await ListAsync(one, "de"), await ListAsync(engine, "de"));

        // Nobody is in the other one any more: the population's.
        Compare(await ListAsync(engine, ""), await ListAsync(engine, "uk"));
        await engine.ForgetAsync("ann");
        Compare(await ListAsync(engine, ""), await ListAsync(engine, "de"));
    }

    private static async Task<(string Item, float Score)[]> ListAsync(InterestEngine engine, string segment) =>
        [.. (await engine.RecommendAsync("new", Query(segment))).Items.Select(
            item => (item.Item.ToString(), (float)item.Score))];

    private static void Compare((string Item, float Score)[] expected, (string Item, float Score)[] found)
    {
        Assert.Equal(expected.Select(item => item.Item), found.Select(item => item.Item));
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-3f));
    }

    private static RecommendQuery Query(string segment) => new()
    {
        Count = 10,
        NowMs = NowMs,
        Filter = new ItemFilter { Segment = segment },
    };

    /// <summary>Two segments, each with items of its own and some that both like.</summary>
    private static async Task<(int Item, long TimeMs, string Segment)[]> ActAsync(InterestEngine engine)
    {
        var random = new Random(42);
        var acts = new List<(int Item, long TimeMs, string Segment)>();
        for (int index = 0; index < EventCount; index++)
        {
            string segment = index % 4 == 0 ? "de" : "uk";
            int item = random.Next(3) == 0 ? random.Next(10) : random.Next(30) + (segment == "de" ? 50 : 100);
            long timeMs = NowMs - ((EventCount - index) * (DayMs / 20)) - random.Next(1000);
            string user = "user-" + (index % 40);
            await engine.ActAsync(user, [Click(user, item, timeMs)], Query(segment));
            acts.Add((item, timeMs, segment));
        }

        return [.. acts];
    }
}
