using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Trends;
using Ebb.Engine.Policy;
using Ebb.Engine.Tests.Interest.Flows;
using Ebb.Engine.Tests.Recovery;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Interest.Trends;

/// <summary>Demand over time, folded, against the plain sum over all events in double.</summary>
public sealed class TrendTests
{
    private static readonly TrendRule Rule = new() { Fast = TimeSpan.FromDays(2), Slow = TimeSpan.FromDays(10) };

    private static readonly MemorySchema Following = UnitSchema with { Trends = Rule };

    [Fact]
    public async Task Trends_ManyUsersAndBatches_EqualThePlainSum()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Schema = Following });
        BehaviourEvent[] events = FlowTests.Events(40, 60);
        foreach (BehaviourEvent[] batch in events.Chunk(41))
        {
            await engine.ObserveAsync(batch);
        }

        // At a full hour: the last seven days then are whole hours.
        long askedMs = (NowMs + (3 * DayMs)) / 3_600_000 * 3_600_000;
        TrendReport report = engine.GetTrends(new TrendQuestion { CountMax = 1000, NowMs = askedMs });

        AssertEqual(Plain(events, askedMs, one => one.Item.ToString()), report.Items);
        AssertEqual(WithLevel(events, askedMs), report.Categories);
        Assert.Equal(report.Items.OrderByDescending(one => one.NextWeek), report.Items);
    }

    [Theory]
    [InlineData(1, TrendDirection.Steady)]
    [InlineData(4, TrendDirection.Rising)]
    [InlineData(0.25, TrendDirection.Falling)]
    public async Task Trends_DemandThatChanges_IsToldWithItsRate(double factor, TrendDirection direction)
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Schema = Following });
        var events = new List<BehaviourEvent>();
        for (int hour = 0; hour < 60 * 24; hour++)
        {
            // Eight a day at first, eight times the factor in the last ten days.
            double perDay = hour >= 50 * 24 ? 8 * factor : 8;
            int before = (int)(hour * perDay / 24);
            int count = (int)((hour + 1) * perDay / 24) - before;
            long timeMs = NowMs - (((60 * 24) - hour) * 3_600_000L);
            events.AddRange(Enumerable.Repeat(Click("user-" + hour, 3, timeMs), count));
        }

        foreach (BehaviourEvent[] batch in events.Chunk(250))
        {
            await engine.ObserveAsync(batch);
        }

        DemandTrend trend = Assert.Single(engine.GetTrends(new TrendQuestion()).Items);
        Assert.Equal(ItemId(3), trend.Name);
        Assert.Equal(direction, trend.Direction);
        Assert.InRange(trend.PerDay / (8 * factor), 0.85, 1.2);
        Assert.Equal(Math.Sign(factor - 1), direction == TrendDirection.Steady ? 0 : Math.Sign(trend.SlopePerWeek));
        TrendOrder wanted = direction == TrendDirection.Falling ? TrendOrder.Falling : TrendOrder.Rising;
        Assert.Equal(
            direction == TrendDirection.Steady ? 0 : 1,
            engine.GetTrends(new TrendQuestion { Order = wanted }).Items.Count);
    }

    [Fact]
    public async Task Trends_AfterRecoveryForgetAndUnsend_AreTheFoldOfWhatIsLeft()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path) with { Schema = Following };
        BehaviourEvent[] events = FlowTests.Events(30, 12);
        byte[] hash;
        await using (InterestEngine engine = await OpenWithItemsAsync(options))
        {
            await engine.ObserveAsync(events[..200]);
            await engine.ExportAsync();
            await engine.ObserveAsync(events[200..]);
            await engine.ObserveAsync([Click("zoe", 7, NowMs, eventId: 77)]);
            await engine.UnsendAsync("zoe", 77);
            await engine.ForgetAsync("user-3");
            hash = await engine.ComputeStateHashAsync();
        }

        foreach (bool replaysAll in new[] { false, true })
        {
            await using InterestEngine again =
                await InterestEngine.OpenAsync(options with { ReplayWholeLog = replaysAll });
            Assert.Equal(hash, await again.ComputeStateHashAsync());
            TrendReport report = again.GetTrends(new TrendQuestion { CountMax = 1000 });

            // What an item had of him alone is gone but for rounding; an error of nearly nothing is not compared.
            BehaviourEvent[] left = [.. events.Where(one => one.User != "user-3")];
            Assert.True(left.Length < events.Length);
            AssertEqual(
                Plain(left, NowMs, one => one.Item.ToString(), firstMs: events.Min(one => one.TimeMs)), report.Items);
        }
    }

    [Fact]
    public async Task Trends_OfOneItem_BringItsCategoryAlone()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Schema = Following });
        await engine.ObserveAsync(FlowTests.Events(20, 20));

        TrendReport one = engine.GetTrends(new TrendQuestion { Item = ItemId(5) });
        TrendReport none = engine.GetTrends(new TrendQuestion { Item = "nothing" });

        Assert.Equal(ItemId(5), Assert.Single(one.Items).Name);
        Assert.Equal("c0", Assert.Single(one.Categories).Name.ToString());
        Assert.Equal((true, 0, 0), (none.IsCounted, none.Items.Count, none.Categories.Count));
    }

    [Fact]
    public async Task Trends_SchemaFollowsNone_SaySo()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        Assert.False(engine.GetTrends(new TrendQuestion()).IsCounted);
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.GetTrends(new TrendQuestion { CountMax = -1 }));
    }

    [Theory]
    [InlineData("{\"trends\": {\"fast\": \"28 d\", \"slow\": \"7 d\"}}", "$.trends")]
    [InlineData("{\"trends\": {\"slow\": \"never\"}}", "$.trends.slow")]
    [InlineData("{\"trends\": {\"medium\": \"7 d\"}}", "$.trends.medium")]
    public void Document_TrendsThatCannotBe_AreRefusedByPath(string json, string path)
    {
        DocumentException refused = Assert.Throws<DocumentException>(() => MemorySchemaDocument.Read(json));
        Assert.Contains(path, refused.Message);
    }

    [Fact]
    public void Document_Trends_SurviveTheCanonicalText()
    {
        MemorySchema schema = MemorySchemaDocument.Read("{\"trends\": {\"fast\": \"2 d\"}}");
        Assert.Equal(
            new TrendRule { Fast = TimeSpan.FromDays(2) },
            MemorySchemaJson.Read(MemorySchemaJson.Write(schema)).Trends);
    }

    private static string CategoryOf(BehaviourEvent one) =>
        "c" + (int.Parse(one.Item.ToString()["item-".Length..]) % 5);

    /// <summary>Name → demand a day, its error, slope a week, demand of the next seven days.</summary>
    private static Dictionary<string, double[]> Plain(
        BehaviourEvent[] events, long nowMs, Func<BehaviourEvent, string> nameOf, long? firstMs = null)
    {
        double counted = (nowMs - (firstMs ?? events.Min(one => one.TimeMs))) / (double)DayMs;
        return events.GroupBy(nameOf).ToDictionary(group => group.Key, group =>
        {
            double Sum(double halfLife) => group.Sum(one => Math.Pow(2, -(nowMs - one.TimeMs) / (halfLife * DayMs)));
            double PerDay(double halfLife) =>
                Math.Log(2) / halfLife / (1 - Math.Pow(2, -counted / halfLife));
            double fast = Sum(2) * PerDay(2);
            double slow = Sum(10) * PerDay(10);
            double error = Math.Sqrt(Sum(1)) * PerDay(2);
            double clear = Math.Max(0, 1 - (4 * error * error / Math.Pow(fast - slow, 2)));
            return new[]
            {
                fast, error, (fast - slow) * Math.Log(2) / (10 - 2) * 7,
                7 * Math.Max(0, slow + ((0.8 + (0.4 * clear)) * (fast - slow))),
            };
        });
    }

    /// <summary>Categories: their share of the fast sums of what the last seven days took.</summary>
    private static Dictionary<string, double[]> WithLevel(BehaviourEvent[] events, long nowMs)
    {
        double Fast(IEnumerable<BehaviourEvent> some) =>
            some.Sum(one => Math.Pow(2, -(nowMs - one.TimeMs) / (2.0 * DayMs)));
        double week = events.Count(one => nowMs - one.TimeMs <= 7 * DayMs);
        Dictionary<string, double[]> plain = Plain(events, nowMs, CategoryOf);
        foreach (IGrouping<string, BehaviourEvent> group in events.GroupBy(CategoryOf))
        {
            plain[group.Key][3] = week * Fast(group) / Fast(events);
        }

        return plain;
    }

    private static void AssertEqual(Dictionary<string, double[]> plain, IReadOnlyList<DemandTrend> told)
    {
        Assert.Equal(plain.Keys.Order(), told.Select(one => one.Name.ToString()).Order());
        Assert.All(told, one =>
        {
            double[] expected = plain[one.Name.ToString()];
            Assert.Equal(expected[0], one.PerDay, 1e-4);
            Assert.Equal(expected[1], one.PerDayError, 1e-3);
            Assert.Equal(expected[2], one.SlopePerWeek, 1e-4);
            Assert.Equal(expected[3], one.NextWeek, 1e-3);
        });
    }
}
