using Ebb.Engine.Interest;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Why;
using Ebb.Engine.Sources;
using Ebb.Engine.Tests.Forgetting;
using Ebb.Engine.Tests.Log;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Ranking;

public sealed class ColdStartTests
{
    [Fact]
    public async Task Stranger_GetsTheFavouritesAndTheReason()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync([Click("bob", 7, NowMs), Click("cy", 7, NowMs), Click("cy", 9, NowMs)]);

        Recommendation list = await engine.RecommendAsync("new", new RecommendQuery { Count = 20, Explain = true });

        Assert.Equal(ListDecision.Popular, list.Decision);
        Assert.Equal([ItemId(7), ItemId(9)], list.Items.Take(2).Select(item => item.Item));
        Assert.Equal(20, list.Items.Count);
        Assert.All(list.Items, item => Assert.Equal(SourceKind.Popularity, Assert.Single(item.Sources).Kind));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(9)]
    public async Task PopularityWhenNew_GoesOverWithTheMass_AsAPlainSumInDouble(int moreClicks)
    {
        var sources = new SourcePolicy { Popularity = 0.5, PopularityWhenNew = 3, NewMass = 2 };
        await using InterestEngine engine = await OpenWithItemsAsync(
            Options() with { Policy = ExactPolicy with { Sources = sources } });
        BehaviourEvent[] events =
        [
            .. Enumerable.Range(0, 5).Select(user => Click("u" + user, 50 + (user % 2), NowMs)),
            .. Enumerable.Repeat(Click("ann", 3, NowMs), 1 + moreClicks),
        ];
        await engine.ObserveAsync(events);
        await engine.SettleSourcesAsync();

        Recommendation list = await engine.RecommendAsync("ann", new RecommendQuery { Count = 200, Explain = true });

        double[] demand = new double[200];
        foreach (BehaviourEvent behaviour in events)
        {
            demand[int.Parse(behaviour.Item.ToString()[5..])]++;
        }

        // The source is log2(1 + demand): Sources/PopularityTable.
        demand = Array.ConvertAll(demand, count => Math.Log2(1 + count));
        double mean = demand.Average();
        double spread = Math.Sqrt(demand.Average(x => (x - mean) * (x - mean)));
        double weight = 0.5 + (2.5 * 2 / (2 + 1 + moreClicks));
        foreach (RecommendedItem item in list.Items)
        {
            double x = demand[int.Parse(item.Item.ToString()[5..])];
            float amount = item.Sources.Single(source => source.Kind == SourceKind.Popularity).Amount;
            Assert.Equal(weight * (x - mean) / spread, amount, 1e-4);
        }
    }

    [Fact]
    public async Task HideTypes_DislikedAndBought_AreNotShownAgainWhateverTheList()
    {
        ServingPolicy policy = ExactPolicy with { HideTypes = [EventTypes.Dislike], KeepBelow = 1e9, ShiftFrom = 2e9 };
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Policy = policy });
        await engine.ObserveAsync([Click("ann", 3, NowMs)]);
        OpaqueId[] before = await TopAsync(engine, "ann");

        await engine.ObserveAsync([new BehaviourEvent("ann", before[1], EventTypes.Dislike, NowMs)]);
        OpaqueId[] after = await TopAsync(engine, "ann");
        ScoreExplanation why = await engine.WhyAsync("ann", before[1]);

        Assert.Contains(ItemId(3), after);
        Assert.DoesNotContain(before[1], after);
        Assert.Equal(10, after.Length);
        Assert.Equal(ScoreRules.Hidden, why.Rules);
        Assert.Equal(ScoreRules.None, (await engine.WhyAsync("ann", before[0])).Rules);
    }

    [Fact]
    public async Task ExploreSlots_NewItems_StandLastUntilTheyAreOld()
    {
        var clock = new TimerClock(NowMs);
        ServingPolicy policy = ExactPolicy with { ExploreSlots = 2, ExploreAge = TimeSpan.FromHours(1) };
        await using InterestEngine engine = await InterestEngine.OpenAsync(
            Options() with { Policy = policy, Clock = clock });
        await engine.PutItemsAsync([.. Items(1200)]);
        await engine.ObserveAsync([Click("ann", 3, NowMs)]);
        OpaqueId[] plain = await TopAsync(engine, "ann");
        float[] far = Array.ConvertAll(Items(4)[3].Vector.ToArray(), x => -x);
        float[] near = Array.ConvertAll(far, x => x * -1e-3f);
        await engine.PutItemsAsync(
            [new("far", far), new("near", near), new("farther", Array.ConvertAll(far, x => x * 2))]);

        // Less than what is loaded at once, and of the new ones the two that fit best.
        OpaqueId[] expected = [.. plain.Take(8), "near", "far"];
        Assert.Equal(expected, await TopAsync(engine, "ann"));
        Assert.Equal(2, (await TopAsync(engine, "new")).TakeLast(2).Count(item => item.ToString().Contains('a')));
        clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(plain, await TopAsync(engine, "ann"));
    }

    [Fact]
    public async Task ExploreSlots_AfterARestart_AreStillForTheItemsThatWereNew()
    {
        using var folder = new TemporaryFolder();
        var clock = new TimerClock(NowMs);
        ServingPolicy policy = ExactPolicy with { ExploreSlots = 2, ExploreAge = TimeSpan.FromHours(1) };
        EngineOptions options = Options(folder.Path) with { Policy = policy, Clock = clock };
        float[] far = Array.ConvertAll(Items(4)[3].Vector.ToArray(), x => -x);
        OpaqueId[] before;
        await using (InterestEngine engine = await InterestEngine.OpenAsync(options))
        {
            await engine.PutItemsAsync([.. Items(1200)]);
            await engine.ObserveAsync([Click("ann", 3, NowMs)]);
            await engine.PutItemsAsync([new("far", far), new("farther", Array.ConvertAll(far, x => x * 2))]);
            before = await TopAsync(engine, "ann");
        }

        clock.Advance(TimeSpan.FromMinutes(50));
        await using (InterestEngine again = await InterestEngine.OpenAsync(options))
        {
            Assert.Equal(["far", "farther"], before[^2..]);
            Assert.Equal(before, await TopAsync(again, "ann"));

            // Their hour began at their first put and not at the restart.
            clock.Advance(TimeSpan.FromMinutes(11));
            Assert.DoesNotContain("far", await TopAsync(again, "ann"));
        }
    }

    [Fact]
    public async Task ExploreSlots_FileOfNewItemsDamagedAnywhere_CostsThePlacesAlone()
    {
        using var folder = new TemporaryFolder();
        var file = new NewItemsFile(folder.Path, NullLogger.Instance);
        (int Row, long AtMs)[] items = [(7, NowMs), (3, NowMs - 1)];
        file.Write(items);
        string path = Path.Combine(folder.Path, NewItemsFile.FileName);
        byte[] whole = await File.ReadAllBytesAsync(path);
        Assert.Equal(items, file.Read());

        foreach (int at in Enumerable.Range(0, whole.Length))
        {
            await File.WriteAllBytesAsync(path, [.. whole[..at], (byte)(whole[at] ^ 4), .. whole[(at + 1)..]]);
            Assert.Empty(file.Read());
            await File.WriteAllBytesAsync(path, whole[..at]);
            Assert.Empty(file.Read());
        }

        File.Delete(path);
        Assert.Empty(file.Read());
    }

    [Fact]
    public async Task Picks_DeclaredAsEvents_AreAnInterestAtOnce()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());

        ActReply reply = await engine.ActAsync("new", [Click("new", 3, NowMs)], new RecommendQuery { Count = 1 });

        Assert.Equal(ListDecision.New, reply.Recommendation.Decision);
        Assert.Equal(ItemId(3), reply.Recommendation.Items[0].Item);
    }

    [Fact]
    public void Document_ColdStartKeys_AreReadAndMistakesNamed()
    {
        ServingPolicy policy = PolicyDocument.Read(
            """
            {"hide_types": [4, 7], "explore_slots": 2, "explore_age": "3 d",
             "sources": {"popularity": 0.1, "popularity_when_new": 2, "new_mass": 8}}
            """).Policies[0].Policy;
        Assert.Equal([4, 7], policy.HideTypes);
        Assert.Equal((2, TimeSpan.FromDays(3)), (policy.ExploreSlots, policy.ExploreAge));
        Assert.Equal((2.0, 8.0), (policy.Sources.PopularityWhenNew, policy.Sources.NewMass));

        foreach ((string json, string path) in new[]
        {
            ("""{"hide_types": [64]}""", "hide_types"),
            ("""{"hide_types": [1.5]}""", "hide_types"),
            ("""{"explore_slots": -1}""", "explore_slots"),
            ("""{"sources": {"popularity_when_new": -1}}""", "popularity_when_new"),
            ("""{"sources": {"new_mass": 0}}""", "new_mass"),
        })
        {
            Assert.Contains(path, Assert.Throws<DocumentException>(() => PolicyDocument.Read(json)).Message);
        }
    }

    private static async Task<OpaqueId[]> TopAsync(InterestEngine engine, string user) =>
        [.. (await engine.RecommendAsync(user, new RecommendQuery { Count = 10 })).Items.Select(item => item.Item)];
}
