using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Interest.Lifecycle;
using Ebb.Engine.Portrait;
using Ebb.Engine.Ranking;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Portrait;

/// <summary>Portraits against plain sums over all events in double.</summary>
public sealed class PortraitTests
{
    private const long SinceMs = NowMs - (7 * DayMs);

    private static readonly MemorySchema Schema = UnitSchema with
    {
        HalfLives = [TimeSpan.FromDays(2), TimeSpan.FromDays(20)],
        Flows = new FlowRule(),
    };

    private static readonly ServingPolicy Policy = ExactPolicy with { CurveCoefficients = [0.7, 0.3] };

    [Fact]
    public async Task Masses_OfEveryUser_ArePlainSumsAtBothMoments()
    {
        BehaviourEvent[] events = Events(6, 25);
        await using InterestEngine engine = await OpenAsync(events);
        foreach (IGrouping<OpaqueId, BehaviourEvent> user in events.GroupBy(one => one.User))
        {
            UserPortrait portrait = await engine.PortraitAsync(user.Key, SinceMs, NowMs);

            Assert.True(portrait.Known && portrait.IsComplete);
            Assert.Equal(Sum(user, NowMs), portrait.Mass, 1e-5);
            Assert.Equal(Sum(user, SinceMs), portrait.MassThen, 1e-5);
            Assert.Equal(
                user.Select(CategoryOf).Distinct().Order(), portrait.Categories.Select(one => one.Name).Order());
            Assert.All(portrait.Categories, one =>
            {
                IEnumerable<BehaviourEvent> own = user.Where(each => CategoryOf(each) == one.Name);
                Assert.Equal(Sum(own, NowMs), one.Mass, 1e-9);
                Assert.Equal(Sum(own, SinceMs), one.MassThen, 1e-9);
            });
            Assert.Equal(portrait.Categories.OrderByDescending(one => one.Mass), portrait.Categories);
        }
    }

    [Fact]
    public async Task MassThen_WithMoreEventsThanAreRemembered_IsThatOfAllWhileNewerOnesAreRemembered()
    {
        BehaviourEvent[] events = Events(1, 60);
        await using InterestEngine engine = await OpenAsync(events);
        long[] times = [.. events.Select(one => one.TimeMs).Order()];

        UserPortrait near = await engine.PortraitAsync("user-0", times[^20], NowMs);
        UserPortrait far = await engine.PortraitAsync("user-0", times[5], NowMs);

        Assert.False(near.IsComplete);
        Assert.Equal(Sum(events, NowMs), near.Mass, 1e-4);
        Assert.Equal(Sum(events, times[^20]), near.MassThen, 1e-4);
        Assert.True(double.IsNaN(far.MassThen));
        Assert.InRange(Math.Abs(near.OlderShare), 1e-6, 1);
    }

    [Fact]
    public async Task Events_OfAPortrait_ShareTheInterestByThePlainDotProduct()
    {
        BehaviourEvent[] events = Events(1, 20);
        await using InterestEngine engine = await OpenAsync(events);
        var vectors = Items(200).ToDictionary(item => item.Id, item => item.Vector.ToArray());
        double[] interest = new double[Dimension];
        foreach (BehaviourEvent one in events)
        {
            for (int d = 0; d < Dimension; d++)
            {
                interest[d] += Curve(NowMs - one.TimeMs) * vectors[one.Item][d];
            }
        }

        double square = interest.Sum(value => value * value);
        double ShareOf(BehaviourEvent one) =>
            Curve(NowMs - one.TimeMs) * interest.Zip(vectors[one.Item], (v, p) => v * p).Sum() / square;
        UserPortrait portrait = await engine.PortraitAsync("user-0", nowMs: NowMs);

        double[] expected = [.. events.Select(ShareOf).OrderByDescending(Math.Abs).Take(portrait.Events.Count)];
        Assert.Equal(8, portrait.Events.Count);
        Assert.All(expected.Zip(portrait.Events), pair => Assert.Equal(pair.First, pair.Second.Share, 1e-5));
        Assert.Equal(0, portrait.OlderShare, 1e-5);
        Assert.Equal(SinceMs, portrait.SinceMs);
    }

    [Fact]
    public async Task Phases_OfAPolicyThatTellsThem_AreThoseOfTheProfile()
    {
        BehaviourEvent[] events = Events(1, 25);
        await using InterestEngine engine = await OpenAsync(events);
        engine.SetPolicy(Policy with
        {
            Lifecycle = new LifecyclePolicy { Categories = new PhaseRule { HalfLife = TimeSpan.FromDays(3) } },
        });

        UserPortrait portrait = await engine.PortraitAsync("user-0", nowMs: NowMs);
        InterestProfile profile = await engine.ProfileAsync("user-0", NowMs);

        Assert.Equal(
            profile.Phases.Select(one => (one.Name.ToString(), one.Phase, one.NextChangeMs)).Order(),
            portrait.Categories.Select(one => (one.Name, one.Phase, one.NextChangeMs)).Order());
        Assert.Equal(profile.NextCategories.Take(3), portrait.NextCategories);
    }

    [Fact]
    public async Task Portrait_OfAStrangerOrAMomentBeforeTheLastEvent_IsDefined()
    {
        await using InterestEngine engine = await OpenAsync([Click("ann", 1, NowMs)]);

        UserPortrait stranger = await engine.PortraitAsync("zoe");
        UserPortrait early = await engine.PortraitAsync("ann", NowMs + DayMs, NowMs - DayMs);

        Assert.Equal((false, 0, 0, 0UL),
            (stranger.Known, stranger.Categories.Count, stranger.Events.Count, stranger.EventCount));
        Assert.Equal((NowMs, NowMs), (early.AtMs, early.SinceMs));
        Assert.Equal(0, early.Categories.Single().Change);
    }

    private static async Task<InterestEngine> OpenAsync(BehaviourEvent[] events)
    {
        InterestEngine engine = await OpenWithItemsAsync(Options() with { Schema = Schema, Policy = Policy });
        await engine.ObserveAsync(events);
        return engine;
    }

    private static BehaviourEvent[] Events(int userCount, int eventCount)
    {
        var random = new Random(42);
        return
        [
            .. Enumerable.Range(0, userCount).SelectMany(user => Enumerable.Range(0, eventCount).Select(_ =>
                Click("user-" + user, random.Next(200), NowMs - random.NextInt64(30 * DayMs)))
                .OrderBy(one => one.TimeMs)),
        ];
    }

    private static double Curve(double ageMs) => ageMs < 0
        ? 0
        : (0.7 * Math.Pow(2, -ageMs / (2 * DayMs))) + (0.3 * Math.Pow(2, -ageMs / (20 * DayMs)));

    private static double Sum(IEnumerable<BehaviourEvent> events, long atMs) =>
        events.Sum(one => Curve(atMs - one.TimeMs));

    private static string CategoryOf(BehaviourEvent one) =>
        "c" + (int.Parse(one.Item.ToString()["item-".Length..]) % 5);
}
