using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Policy;
using Ebb.Engine.Tests.Recovery;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Interest.Flows;

/// <summary>Transitions between categories, folded, against the plain sum over all events in double.</summary>
public sealed class FlowTests
{
    private const long HourMs = 3_600_000;

    private static readonly MemorySchema Counting = UnitSchema with { Flows = new FlowRule() };

    [Theory]
    [InlineData(0)]
    [InlineData(12)]
    public async Task Flows_ManyUsersAndBatches_EqualThePlainSum(int gapMaxHours)
    {
        var rule = new FlowRule
        {
            GapMax = gapMaxHours == 0 ? MemorySchema.Never : TimeSpan.FromHours(gapMaxHours),
        };
        await using InterestEngine engine =
            await OpenWithItemsAsync(Options() with { Schema = UnitSchema with { Flows = rule } });
        BehaviourEvent[] events = Events(40, 60);
        foreach (BehaviourEvent[] batch in events.Chunk(37))
        {
            await engine.ObserveAsync(batch);
        }

        FlowReport report = engine.GetFlows(1000, NowMs);

        Dictionary<(string, string), double[]> plain = Plain(events, MemorySchema.HalfLifeMs(rule.GapMax));
        Assert.Equal(["hour", "day", "week"], report.Windows.Select(window => window.Name));
        for (int window = 0; window < 3; window++)
        {
            int at = window;
            double Count(string from, string to) => plain.TryGetValue((from, to), out double[]? sums) ? sums[at] : 0;
            Assert.Equal(5, report.Windows[window].Balances.Count);
            Assert.All(report.Windows[window].Flows, flow =>
            {
                AssertNear(Count(flow.From, flow.To), flow.Count);
                AssertNear(Count(flow.To, flow.From), flow.Back);
            });
            Assert.True(report.Windows[window].Flows.Count == 10 || window == 0);
            Assert.Equal(
                report.Windows[window].Flows.OrderByDescending(flow => flow.Net), report.Windows[window].Flows);
            Assert.All(report.Windows[window].Balances, one =>
            {
                AssertNear(Count(one.Category, one.Category), one.Stayed);
                AssertNear(Count("", one.Category), one.Began);
                AssertNear(plain.Where(pair => pair.Key.Item2 == one.Category && pair.Key.Item1 is not "")
                    .Sum(pair => pair.Value[at]) - one.Stayed, one.In);
                AssertNear(plain.Where(pair => pair.Key.Item1 == one.Category).Sum(pair => pair.Value[at])
                    - one.Stayed, one.Out);
            });
        }
    }

    [Fact]
    public async Task Flows_AfterRecoveryAndFullReplay_AreTheSameBits()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path) with { Schema = Counting };
        BehaviourEvent[] events = Events(30, 40);
        byte[] hash;
        FlowReport before;
        await using (InterestEngine engine = await OpenWithItemsAsync(options))
        {
            await engine.ObserveAsync(events[..600]);
            await engine.ExportAsync();
            await engine.ObserveAsync(events[600..]);
            hash = await engine.ComputeStateHashAsync();
            before = engine.GetFlows(100, NowMs);
        }

        foreach (bool replaysAll in new[] { false, true })
        {
            await using InterestEngine again =
                await InterestEngine.OpenAsync(options with { ReplayWholeLog = replaysAll });
            Assert.Equal(hash, await again.ComputeStateHashAsync());
            Assert.Equal(before.Windows[2].Flows, again.GetFlows(100, NowMs).Windows[2].Flows);
        }
    }

    [Fact]
    public async Task Flows_ItemChangesItsCategoryLater_ReplayCountsWhatWas()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path) with { Schema = Counting };
        byte[] hash;
        await using (InterestEngine engine = await OpenWithItemsAsync(options))
        {
            await engine.ObserveAsync([Click("ann", 1, NowMs - 10), Click("ann", 2, NowMs - 5)]);
            await engine.PutItemsAsync([Items(200)[2] with { Category = "elsewhere" }]);
            await engine.ObserveAsync([Click("ann", 1, NowMs)]);
            hash = await engine.ComputeStateHashAsync();
        }

        await using InterestEngine again = await InterestEngine.OpenAsync(options with { ReplayWholeLog = true });
        Assert.Equal(hash, await again.ComputeStateHashAsync());
        Assert.Equal(
            [("c1", "c2"), ("elsewhere", "c1")],
            again.GetFlows().Windows[0].Flows.Select(flow => (flow.From, flow.To)).Order());
    }

    [Fact]
    public async Task Flows_DislikesAndParkedEvents_MoveNobody()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Schema = Counting });
        await engine.ObserveAsync(
        [
            Click("ann", 0, NowMs - 40),
            new BehaviourEvent("ann", ItemId(1), EventTypes.Dislike, NowMs - 30),
            Click("ann", 999, NowMs - 20),
            Click("ann", 2, NowMs - 10),
        ]);
        ItemPut late = new(ItemId(999), new float[Dimension]) { Category = "c4" };
        await engine.PutItemsAsync([late]);
        await engine.ObserveAsync([Click("bob", 3, NowMs)]);

        CategoryFlow flow = Assert.Single(engine.GetFlows().Windows[0].Flows);
        Assert.Equal(("c0", "c2"), (flow.From, flow.To));
    }

    [Fact]
    public async Task Flows_SchemaCountsNone_SaySoAndProfilesTellNone()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync([Click("ann", 0, NowMs), Click("ann", 1, NowMs)]);

        Assert.False(engine.GetFlows().IsCounted);
        Assert.Empty((await engine.ProfileAsync("ann")).NextCategories);
    }

    [Fact]
    public async Task Flows_SchemaTurnsThemOnWhileServing_CountFromThenOn()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync([Click("ann", 0, NowMs), Click("ann", 1, NowMs)]);
        await engine.ChangeSchemaAsync(Counting with { Number = 2 });
        await engine.ObserveAsync([Click("ann", 2, NowMs)]);

        CategoryFlow flow = Assert.Single(engine.GetFlows().Windows[0].Flows);
        Assert.Equal(("c1", "c2", 1.0), (flow.From, flow.To, flow.Count));
    }

    [Theory]
    [InlineData("{\"flows\": {\"half_life\": \"0 s\"}}", "$.flows.half_life")]
    [InlineData("{\"flows\": {\"windows\": 3}}", "$.flows.windows")]
    [InlineData("{\"flows\": 3}", "$.flows")]
    public void Document_FlowsThatCannotBe_AreRefusedByPath(string json, string path)
    {
        DocumentException refused = Assert.Throws<DocumentException>(() => MemorySchemaDocument.Read(json));
        Assert.Contains(path, refused.Message);
    }

    [Fact]
    public void Document_Flows_SurviveTheCanonicalText()
    {
        MemorySchema schema =
            MemorySchemaDocument.Read("{\"flows\": {\"half_life\": \"3 d\", \"gap_max\": \"1 h\"}}");
        Assert.Equal(
            new FlowRule { HalfLife = TimeSpan.FromDays(3), GapMax = TimeSpan.FromHours(1) },
            MemorySchemaJson.Read(MemorySchemaJson.Write(schema)).Flows);
        Assert.DoesNotContain("flows", MemorySchemaJson.Write(UnitSchema));
    }

    internal static BehaviourEvent[] Events(int userCount, int eventsPerUser)
    {
        var random = new Random(42);
        var events = new List<BehaviourEvent>();
        for (int index = 0; index < userCount * eventsPerUser; index++)
        {
            // Uneven categories, and one event in eight comes late.
            int item = random.Next(3) == 0 ? random.Next(200) : random.Next(20) * 5;
            long late = random.Next(8) == 0 ? random.Next(40) * HourMs : 0;
            long timeMs = NowMs - ((userCount * eventsPerUser) - index) * (HourMs / 20) - late;
            events.Add(Click("user-" + random.Next(userCount), item, timeMs));
        }

        return [.. events];
    }

    /// <summary>Per (from, to), "" for a beginning: hour, day and week as of now, then events as of the last.</summary>
    internal static Dictionary<(string From, string To), double[]> Plain(
        IEnumerable<BehaviourEvent> events, double gapMaxMs = double.PositiveInfinity)
    {
        double[] windowsMs = [HourMs, 24 * HourMs, 168 * HourMs];
        var last = new Dictionary<string, (string Category, long TimeMs)>();
        var sums = new Dictionary<(string, string), double[]>();
        foreach (BehaviourEvent one in events)
        {
            string user = one.User.ToString();
            string category = "c" + (int.Parse(one.Item.ToString()["item-".Length..]) % 5);
            bool isNear = last.TryGetValue(user, out (string Category, long TimeMs) before)
                && Math.Abs(one.TimeMs - before.TimeMs) <= gapMaxMs;
            (string, string) key = (isNear ? before.Category : "", category);
            double[] sum = sums.TryGetValue(key, out double[]? held) ? held : sums[key] = new double[4];
            for (int window = 0; window < windowsMs.Length; window++)
            {
                sum[window] += Math.Exp(-(NowMs - one.TimeMs) / windowsMs[window]);
            }

            sum[3] += Math.Pow(2, -(NowMs - one.TimeMs) / (30.0 * DayMs));
            last[user] = (category, one.TimeMs);
        }

        return sums;
    }

    private static void AssertNear(double expected, double actual) =>
        Assert.InRange(actual, expected - (2e-5 * (1 + expected)), expected + (2e-5 * (1 + expected)));
}
