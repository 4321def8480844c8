using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Why;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;
using TemporaryFolder = Ebb.Engine.Tests.Recovery.TemporaryFolder;

namespace Ebb.Engine.Tests.Interest;

/// <summary>Split impulses against the plain sums over all events in double.</summary>
public sealed class CategorySplitTests
{
    private static readonly MemorySchema Schema = UnitSchema with
    {
        HalfLives = [TimeSpan.FromDays(1), TimeSpan.FromDays(30), MemorySchema.Never],
        CategorySplits =
        [
            new CategorySplit("c1", [0, 0.5, 0.5]),
            new CategorySplit("c3", [1, 0, 0.125]),
        ],
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Profile_SplitCategories_IsThePlainDoubleSum(bool withRates)
    {
        MemorySchema schema = withRates
            ? Schema with { DimensionRates = [.. Enumerable.Range(0, Dimension).Select(d => 0.5 + (d * 0.1))] }
            : Schema;
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Schema = schema });
        ItemPut[] items = Items(200);
        BehaviourEvent[] events = Events();
        await engine.ObserveAsync(events);

        InterestProfile profile = await engine.ProfileAsync("ann", NowMs);

        double[] masses = new double[3];
        double[] sums = new double[Dimension];
        for (int index = 0; index < events.Length; index++)
        {
            int item = int.Parse(events[index].Item.ToString()["item-".Length..]);
            for (int m = 0; m < 3; m++)
            {
                double share = (item % 5) switch
                {
                    1 => schema.CategorySplits[0].Shares[m],
                    3 => schema.CategorySplits[1].Shares[m],
                    _ => 1,
                };
                double age = NowMs - events[index].TimeMs;
                double halfLife = MemorySchema.HalfLifeMs(schema.HalfLives[m]);
                masses[m] += share * Math.Pow(2, -age / halfLife);
                for (int d = 0; d < Dimension; d++)
                {
                    double rate = withRates ? schema.DimensionRates[d] : 1;
                    sums[d] += share * Math.Pow(2, -age / (halfLife * rate)) * items[item].Vector.Span[d];
                }
            }
        }

        double norm = Math.Sqrt(sums.Sum(x => x * x));
        for (int m = 0; m < 3; m++)
        {
            Assert.Equal(masses[m], profile.Masses[m], 1e-4);
        }

        for (int d = 0; d < Dimension; d++)
        {
            Assert.Equal(sums[d] / norm, profile.Direction[d], 1e-5);
        }
    }

    [Fact]
    public async Task Explain_SplitCategories_TermsSumToTheScore()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Schema = Schema });
        await engine.ObserveAsync(Events().Take(20).ToArray());

        Recommendation list = await engine.RecommendAsync("ann", new RecommendQuery { Count = 5, Explain = true });

        Assert.All(list.Items, item =>
        {
            Assert.Equal(0, item.OlderTerms, 1e-4f);
            Assert.Equal(item.Score, item.Terms.Sum(term => term.Amount), 1e-4f);
        });
    }

    [Fact]
    public async Task Why_SplitCategories_AddsUpNowAndAtAnEarlierMoment()
    {
        BehaviourEvent[] events = [.. Events().Take(20).OrderBy(one => one.TimeMs)];
        long thenMs = events[9].TimeMs;
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Schema = Schema });
        await using InterestEngine before = await OpenWithItemsAsync(Options() with { Schema = Schema });
        await engine.ObserveAsync(events);
        await before.ObserveAsync(events[..10]);

        ScoreExplanation why = await engine.WhyAsync("ann", ItemId(11), thenMs, NowMs);
        ScoreExplanation past = await before.WhyAsync("ann", ItemId(11), null, thenMs);

        Assert.Equal(why.Score, why.Events.Sum(share => share.Amount) + why.OlderEvents, 1e-5);
        Assert.Equal(0, why.OlderEvents, 1e-4);
        double then = why.Since!.Score * Math.Pow(2, why.Since.Log2Scale);
        Assert.Equal(past.Score * Math.Pow(2, past.Log2Scale), then, 1e-4);
    }

    [Fact]
    public async Task Unsend_SplitEvent_IsBitEqualToAFoldWithoutIt()
    {
        using var folder = new TemporaryFolder();
        BehaviourEvent[] events = [.. Events().Take(60)];
        await using InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path) with { Schema = Schema });
        await using InterestEngine without = await OpenWithItemsAsync(Options() with { Schema = Schema });
        await engine.ObserveAsync([.. events, Click("ann", 1, NowMs - 5, 7), Click("ann", 3, NowMs - 4, 8)]);
        await without.ObserveAsync([.. events, Click("ann", 3, NowMs - 4, 8)]);

        await engine.UnsendAsync("ann", 7);

        InterestProfile left = await engine.ProfileAsync("ann");
        InterestProfile expected = await without.ProfileAsync("ann");
        Assert.Equal(expected.Direction, left.Direction);
        Assert.Equal(expected.Masses, left.Masses);
    }

    [Fact]
    public async Task Replay_SplitAndParkedEvents_FoldsToTheSameState()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path) with { Schema = Schema };
        byte[] before;
        await using (InterestEngine engine = await OpenWithItemsAsync(options, itemCount: 10))
        {
            await engine.ObserveAsync([Click("ann", 1, NowMs), Click("ann", 51, NowMs), Click("ann", 52, NowMs)]);
            await engine.PutItemsAsync(Items(60)[50..]);
            Assert.Equal(new double[] { 1, 2, 2 }, (await engine.ProfileAsync("ann")).Masses);
            before = await engine.ComputeStateHashAsync();
        }

        await using InterestEngine replayed = await InterestEngine.OpenAsync(options with { ReplayWholeLog = true });
        Assert.Equal(before, await replayed.ComputeStateHashAsync());
    }

    private static BehaviourEvent[] Events()
    {
        var random = new Random(42);
        return
        [
            .. Enumerable.Range(0, 300)
                .Select(_ => Click("ann", random.Next(200), NowMs - random.NextInt64(40 * DayMs))),
        ];
    }
}
