using Ebb.Engine.Catalogue;
using Ebb.Engine.Merchandising;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Why;
using Ebb.Engine.Similar;
using Ebb.Engine.Sources;
using Ebb.Engine.Tests.Forgetting;
using Ebb.Engine.Tests.Recovery;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Merchandising;

public sealed class RuleTests
{
    [Fact]
    public async Task Ban_ByEverySubject_TakesItemsOutOfEveryListAtOnce()
    {
        await using InterestEngine engine = await OpenTaggedAsync(Options());
        uint number = await PutAsync(engine, Rule(RuleAction.Ban, RuleSubject.Category, "c3"));
        await PutAsync(engine, Rule(RuleAction.Ban, RuleSubject.Tag, "even"));
        await PutAsync(engine, Rule(RuleAction.Ban, RuleSubject.Item, "item-1"));

        int[] left = [.. Enumerable.Range(0, 200).Where(index => index % 5 != 3 && index % 2 != 0 && index != 1)];
        Assert.Equal(left, await RowsAsync(engine, "ann"));
        Assert.Equal(left, await RowsAsync(engine, "stranger"));
        SimilarList similar = await engine.SimilarAsync(new SimilarQuery([ItemId(0)]) { Count = 500 });
        Assert.Equal(left.Length, similar.Items.Count);

        await engine.RemoveRuleAsync(number, "eve", "over");
        Assert.Equal(left.Concat(Odd(3)).Order(), await RowsAsync(engine, "ann"));
    }

    [Fact]
    public async Task Ban_OfASegment_HoldsForItsRequestsAlone()
    {
        await using InterestEngine engine = await OpenTaggedAsync(Options());
        await PutAsync(engine, Rule(RuleAction.Ban, RuleSubject.Tag, "even") with { Segment = "kids" });

        Assert.Equal(200, (await RowsAsync(engine, "ann")).Length);
        Assert.Equal(100, (await RowsAsync(engine, "ann", "kids")).Length);
        Assert.Equal(200, (await RowsAsync(engine, "ann", "others")).Length);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("vip", true)]
    [InlineData("", false)]
    public async Task BoostAndBury_AreStandardDeviationsOnTheScore_AsAFullSortInDouble(string segment, bool alone)
    {
        SourcePolicy sources = alone ? SourcePolicy.VectorAlone : new SourcePolicy { Repeats = 0.7 };
        await using InterestEngine engine = await OpenTaggedAsync(
            Options() with { Policy = ExactPolicy with { Sources = sources } });
        await PutAsync(engine, Rule(RuleAction.Boost, RuleSubject.Tag, "even", 0.8f));
        await PutAsync(engine, Rule(RuleAction.Bury, RuleSubject.Category, "c3", 1.5f));
        await PutAsync(engine, Rule(RuleAction.Boost, RuleSubject.Item, "item-44", 2.5f) with { Segment = "vip" });

        Recommendation list = await engine.RecommendAsync("ann", Query(25, segment));

        (OpaqueId Item, double Score)[] expected = Expected(segment, alone ? 0 : 0.7);
        Assert.True(list.Exact);
        Assert.Equal(expected.Take(25).Select(item => item.Item), list.Items.Select(item => item.Item));
        Assert.All(list.Items.Zip(expected), pair => Assert.Equal(pair.Second.Score, pair.First.Score, 1e-4));
    }

    [Fact]
    public async Task Boost_InAStrangersList_MultipliesTheDemand()
    {
        await using InterestEngine engine = await OpenTaggedAsync(Options());
        await engine.ObserveAsync([Click("bob", 3, NowMs), Click("cy", 4, NowMs), Click("di", 3, NowMs)]);
        await PutAsync(engine, Rule(RuleAction.Boost, RuleSubject.Item, "item-4", 2));

        Recommendation list = await engine.RecommendAsync("stranger", Query(2, ""));

        Assert.Equal([ItemId(4), ItemId(3)], list.Items.Select(item => item.Item));
        Assert.Equal(4.0 / 3, list.Items[0].Score, 1e-6);
        Assert.Equal(1.0, list.Items[1].Score, 1e-6);
    }

    [Fact]
    public async Task Pin_StandsAtItsPlace_UnlessTheRequestMayNotShowIt()
    {
        await using InterestEngine engine = await OpenTaggedAsync(Options());
        int[] plain = await TopAsync(engine);
        int last = (await RowsAsync(engine, "ann", "", ordered: false))[^1];
        await PutAsync(engine, Rule(RuleAction.Pin, RuleSubject.Item, "item-" + last, 2));
        await PutAsync(engine, Rule(RuleAction.Pin, RuleSubject.Item, "nothing", 1));

        int[] pinned = [plain[0], last, .. plain[1..^1]];
        Assert.Equal(pinned, await TopAsync(engine));
        Assert.Equal(pinned, await TopAsync(engine));
        await engine.PatchItemsAsync([new ItemPatch(ItemId(last)) { InStock = false }]);
        Assert.Equal(plain, await TopAsync(engine));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Pin_ByAttributeThatNoCandidateHas_IsTheBestOfTheCatalogue(bool alone)
    {
        // One item has the brand, and it is the worst of all: far from every candidate.
        SourcePolicy sources = alone ? SourcePolicy.VectorAlone : new SourcePolicy { Repeats = 0.7 };
        await using InterestEngine engine = await OpenTaggedAsync(
            Options() with { Policy = ExactPolicy with { Sources = sources, CandidateFactor = 1 } });
        int[] plain = await TopAsync(engine);
        int last = (await RowsAsync(engine, "ann", "", ordered: false))[^1];
        await engine.PutItemsAsync([Items(200)[last] with { Brand = "rare" }]);
        await PutAsync(engine, Rule(RuleAction.Pin, RuleSubject.Brand, "rare", 1));

        int[] pinned = [last, .. plain[..^1]];
        Assert.Equal(pinned, await TopAsync(engine));
        Assert.Equal(last, (await RowsAsync(engine, "stranger", "", ordered: false))[0]);
        await engine.PatchItemsAsync([new ItemPatch(ItemId(last)) { InStock = false }]);
        Assert.Equal(plain, await TopAsync(engine));
    }

    [Fact]
    public async Task Rule_ThatEnds_IsGoneFromListsAndNamedInTheAudit()
    {
        var clock = new TimerClock(NowMs);
        await using InterestEngine engine = await OpenTaggedAsync(Options() with { Clock = clock });
        await PutAsync(engine, Rule(RuleAction.Ban, RuleSubject.Tag, "even") with { UntilMs = NowMs + 1000 });
        Assert.Equal(100, (await RowsAsync(engine, "ann")).Length);

        clock.Advance(TimeSpan.FromSeconds(1));
        clock.Fire();
        Assert.True(SpinWait.SpinUntil(() => engine.Rules.Rules.Count == 0, TimeSpan.FromSeconds(30)));

        Assert.Equal(200, (await RowsAsync(engine, "ann")).Length);
        Assert.Equal([RuleWhat.Put, RuleWhat.Expired], engine.Rules.Audit.Select(change => change.What));
    }

    [Fact]
    public async Task Why_NamesTheRules_AndTheirPartSumsIntoTheScore()
    {
        await using InterestEngine engine = await OpenTaggedAsync(Options());
        await PutAsync(engine, Rule(RuleAction.Boost, RuleSubject.Tag, "even", 0.75f));
        await PutAsync(engine, Rule(RuleAction.Ban, RuleSubject.Item, "item-4"));

        ScoreExplanation why = await engine.WhyAsync("ann", ItemId(4));

        Assert.Equal(["because of even", "because of item-4"], why.ShopRules.Select(rule => rule.Reason));
        Assert.All(why.ShopRules, rule => Assert.Equal("eve", rule.Author));
        Assert.Equal(ScoreRules.Banned, why.Rules);
        Assert.Equal(0.75, why.Sources.Single(source => source.Kind == SourceKind.Rule).Amount, 1e-9);
        Assert.Equal(why.Score, why.Sources.Sum(source => source.Amount), 1e-9);
        Assert.Empty((await engine.WhyAsync("ann", ItemId(5))).ShopRules);
    }

    [Fact]
    public async Task Rules_SurviveAStop_FromTheLogAndFromABase()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path);
        await using (InterestEngine first = await OpenTaggedAsync(options))
        {
            await PutAsync(first, Rule(RuleAction.Ban, RuleSubject.Tag, "even"));
            uint gone = await PutAsync(first, Rule(RuleAction.Boost, RuleSubject.Category, "c1", 1));
            await first.ExportAsync(TestContext.Current.CancellationToken);
            await first.RemoveRuleAsync(gone, "bob", "a mistake");
        }

        await using InterestEngine second = await InterestEngine.OpenAsync(options);
        Assert.Equal(100, (await RowsAsync(second, "ann")).Length);
        Assert.Equal("even", Assert.Single(second.Rules.Rules).Value.ToString());
        Assert.Equal([RuleWhat.Put, RuleWhat.Put, RuleWhat.Removed], second.Rules.Audit.Select(change => change.What));
        Assert.Equal(("bob", "a mistake"), (second.Rules.Audit[2].Rule.Author, second.Rules.Audit[2].Rule.Reason));
        Assert.Equal(4u, await PutAsync(second, Rule(RuleAction.Ban, RuleSubject.Item, "item-7")));
    }

    [Fact]
    public async Task Put_LaterItems_AreUnderTheRulesThatNameThem()
    {
        await using InterestEngine engine = await OpenTaggedAsync(Options());
        await PutAsync(engine, Rule(RuleAction.Ban, RuleSubject.Tag, "secret"));
        await PutAsync(engine, Rule(RuleAction.Boost, RuleSubject.Tag, "launch", 50));
        Assert.Equal(200, (await RowsAsync(engine, "ann")).Length);

        await engine.PutItemsAsync(
        [
            new ItemPut("hidden", Items(1)[0].Vector) { Tags = ["secret"] },
            new ItemPut("star", Items(9)[8].Vector) { Tags = ["launch"] },
        ]);

        Recommendation list = await engine.RecommendAsync("ann", Query(300, ""));
        Assert.Equal("star", list.Items[0].Item.ToString());
        Assert.DoesNotContain(list.Items, item => item.Item == "hidden");
    }

    [Fact]
    public async Task Put_BadRules_AreRefusedWithTheirStatus()
    {
        await using InterestEngine engine = await OpenTaggedAsync(Options());
        ShopRule ban = Rule(RuleAction.Ban, RuleSubject.Item, "item-1");
        (ShopRule Rule, EntryStatus Status)[] cases =
        [
            (ban with { Value = default }, EntryStatus.IdLength),
            (ban with { Author = "" }, EntryStatus.Malformed),
            (ban with { Reason = "" }, EntryStatus.Malformed),
            (ban with { Action = (RuleAction)9 }, EntryStatus.Malformed),
            (ban with { Subject = (RuleSubject)9 }, EntryStatus.Malformed),
            (ban with { Reason = new string('x', 201) }, EntryStatus.AttributeTooLong),
            (ban with { Segment = new string('x', 65) }, EntryStatus.AttributeTooLong),
            (ban with { Amount = 1 }, EntryStatus.NotFinite),
            (ban with { Action = RuleAction.Boost }, EntryStatus.NotFinite),
            (ban with { Action = RuleAction.Bury, Amount = float.NaN }, EntryStatus.NotFinite),
            (ban with { Action = RuleAction.Pin, Amount = 1.5f }, EntryStatus.KOutOfRange),
            (ban with { UntilMs = NowMs - 1 }, EntryStatus.TimeOutOfRange),
            (ban with { Number = 77 }, EntryStatus.UnknownItem),
        ];
        foreach ((ShopRule rule, EntryStatus status) in cases)
        {
            Assert.Equal(status, (await engine.PutRuleAsync(rule)).Status);
        }

        for (int index = 0; index < RuleBook.WeightCountMax; index++)
        {
            await PutAsync(engine, Rule(RuleAction.Boost, RuleSubject.Item, "item-" + index, 1));
        }

        Assert.Equal(
            EntryStatus.TooManyEntries,
            (await engine.PutRuleAsync(Rule(RuleAction.Bury, RuleSubject.Item, "item-99", 1))).Status);
        Assert.Equal(EntryStatus.UnknownItem, (await engine.RemoveRuleAsync(999, "eve", "x")).Status);
        Assert.Equal(EntryStatus.Malformed, (await engine.RemoveRuleAsync(1, "", "x")).Status);
        Assert.Equal(200, (await RowsAsync(engine, "ann")).Length);
    }

    private static ShopRule Rule(RuleAction action, RuleSubject subject, string value, float amount = 0) =>
        new(action, subject, value) { Amount = amount, Author = "eve", Reason = "because of " + value };

    private static async Task<uint> PutAsync(InterestEngine engine, ShopRule rule)
    {
        RuleReply reply = await engine.PutRuleAsync(rule);
        Assert.Equal(EntryStatus.Ok, reply.Status);
        return reply.Change!.Rule.Number;
    }

    /// <summary>200 items, every second one tagged; ann clicked item 3.</summary>
    private static async Task<InterestEngine> OpenTaggedAsync(EngineOptions options)
    {
        InterestEngine engine = await InterestEngine.OpenAsync(options);
        await engine.PutItemsAsync(Tagged());
        await engine.ObserveAsync([Click("ann", 3, NowMs)]);
        return engine;
    }

    private static ItemPut[] Tagged() =>
        [.. Items(200).Select((item, index) => index % 2 == 0 ? item with { Tags = ["even"] } : item)];

    private static RecommendQuery Query(int count, string segment) =>
        new() { Count = count, Filter = new ItemFilter { Segment = segment } };

    private static IEnumerable<int> Odd(int rest) =>
        Enumerable.Range(0, 200).Where(index => index % 5 == rest && index % 2 != 0);

    private static async Task<int[]> TopAsync(InterestEngine engine) =>
        [.. (await engine.RecommendAsync("ann", Query(8, ""))).Items.Select(item => RowOf(item.Item))];

    private static async Task<int[]> RowsAsync(
        InterestEngine engine, string user, string segment = "", bool ordered = true)
    {
        Recommendation list = await engine.RecommendAsync(user, Query(500, segment));
        IEnumerable<int> rows = list.Items.Select(item => RowOf(item.Item));
        return [.. ordered ? rows.Order() : rows];
    }

    private static int RowOf(OpaqueId item) => int.Parse(item.ToString()[5..]);

    private static (OpaqueId Item, double Score)[] Expected(string segment, double repeatWeight)
    {
        ItemPut[] items = Tagged();
        double[] dots = [.. items.Select(item => Dot(item, items[3]))];
        double mean = dots.Average();
        double spread = Math.Sqrt(dots.Average(dot => (dot - mean) * (dot - mean)));
        double repeatMean = 1.0 / items.Length;
        double repeatSpread = Math.Sqrt(repeatMean - (repeatMean * repeatMean));
        return
        [
            .. items.Select((item, index) => (
                    item.Id,
                    Score: ((dots[index] - mean) / spread)
                        + (repeatWeight * ((index == 3 ? 1 : 0) - repeatMean) / repeatSpread)
                        + (index % 2 == 0 ? 0.8f : 0) - (index % 5 == 3 ? 1.5f : 0)
                        + (index == 44 && segment == "vip" ? 2.5f : 0)))
                .OrderByDescending(item => item.Score),
        ];
    }

    private static double Dot(ItemPut left, ItemPut right)
    {
        double sum = 0;
        for (int d = 0; d < Dimension; d++)
        {
            sum += (double)left.Vector.Span[d] * right.Vector.Span[d];
        }

        return sum;
    }
}
