using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest.Lifecycle;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Ebb.Engine.Tests.Sources;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Interest.Lifecycle;

/// <summary>Phases in a list against the full blend in double over every item, phases written out again.</summary>
public sealed class LifecycleListTests
{
    private const int ItemCount = 120;
    private const string User = "u1";

    private static readonly PhaseRule Hours = new()
    {
        HalfLife = TimeSpan.FromHours(2),
        Boost = 0.6,
        Reduce = 0.4,
    };

    public static TheoryData<int, bool, bool> Cases { get; } = new()
    {
        { 0, false, false }, { 1, false, false }, { 2, false, false }, { 0, true, false }, { 1, true, false },
        { 2, true, false }, { 0, true, true }, { 1, true, true }, { 2, true, true },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Recommend_Phases_IsTheFullBlendInDouble(int which, bool stop, bool withoutVector)
    {
        PhaseRule rule = Hours with { Stop = stop };
        LifecyclePolicy lifecycle = new()
        {
            Categories = which != 1 ? rule : null,
            Items = which != 0 ? rule with { Boost = 0.3, HalfLife = TimeSpan.FromMinutes(40) } : null,
        };
        SourcePolicy sources = withoutVector
            ? new SourcePolicy { Vector = 0, Repeats = 0.5 }
            : new SourcePolicy { Vector = 0.8, Repeats = stop ? 0.5 : 0 };
        BehaviourEvent[] events = Events();
        await using InterestEngine engine = await OpenAsync(ExactPolicy with
        {
            Sources = sources,
            Lifecycle = lifecycle,
            CandidateFactor = 1,
        });
        await engine.ObserveAsync(events);
        foreach (long ageMs in new long[] { 0, 3_600_000, 10 * 3_600_000 })
        {
            var query = new RecommendQuery { Count = 50, NowMs = NowMs + ageMs, Explain = true };
            Recommendation list = await engine.RecommendAsync(User, query);
            AssertIsReference(events, sources, lifecycle, NowMs + ageMs, list);
        }
    }

    [Fact]
    public async Task Recommend_PhaseChangesUnderAKeptList_IsMadeAnew()
    {
        LifecyclePolicy lifecycle = new() { Categories = Hours with { Stop = true } };
        await using InterestEngine engine = await OpenAsync(new ServingPolicy
        {
            KeepBelow = 0.2,
            ShiftFrom = 1,
            Lifecycle = lifecycle,
        });
        await engine.ObserveAsync([Click(User, 3, NowMs)]);
        var query = new RecommendQuery { Count = 10, NowMs = NowMs };
        await engine.RecommendAsync(User, query);
        Assert.Equal(ListDecision.Keep, (await engine.RecommendAsync(User, query)).Decision);
        long next = (await engine.ProfileAsync(User, NowMs)).Phases.Single().NextChangeMs!.Value;
        Recommendation before = await engine.RecommendAsync(User, query with { NowMs = next - 1 });
        Recommendation after = await engine.RecommendAsync(User, query with { NowMs = next });
        Assert.Equal(ListDecision.Keep, before.Decision);
        Assert.Equal(ListDecision.Refresh, after.Decision);
    }

    [Fact]
    public async Task Profile_WithoutLifecycle_TellsNoPhases()
    {
        await using InterestEngine engine = await OpenAsync(ExactPolicy);
        await engine.ObserveAsync([Click(User, 3, NowMs)]);
        Assert.Empty((await engine.ProfileAsync(User)).Phases);
        Assert.Empty((await engine.ProfileAsync("stranger")).Phases);
    }

    [Fact]
    public async Task Profile_Phases_NameCategoriesAndItems()
    {
        LifecyclePolicy lifecycle = new() { Categories = Hours, Items = Hours };
        await using InterestEngine engine = await OpenAsync(ExactPolicy with { Lifecycle = lifecycle });
        await engine.ObserveAsync([Click(User, 3, NowMs - 7_200_000), Click(User, 8, NowMs), Click(User, 4, NowMs)]);
        IReadOnlyList<SubjectPhase> phases = (await engine.ProfileAsync(User)).Phases;
        Assert.Equal(
            ["c3 Rising", "item-3 Fading", "item-8 Rising", "c4 Rising", "item-4 Rising"],
            phases.Select(phase => $"{phase.Name} {phase.Phase}"));
        Assert.Equal(1.5, phases[0].Intensity, 1e-9);
        Assert.Equal(1.5, phases[0].Peak, 1e-9);
    }

    [Fact]
    public async Task SetPolicy_ThresholdsOutOfOrder_IsRefused()
    {
        await using InterestEngine engine = await OpenAsync(ExactPolicy);
        LifecyclePolicy lifecycle = new() { Items = Hours with { ExpiredBelow = 0.8 } };
        Assert.Throws<ArgumentException>(() => engine.SetPolicy(ExactPolicy with { Lifecycle = lifecycle }));
    }

    private static void AssertIsReference(
        BehaviourEvent[] events, SourcePolicy sources, LifecyclePolicy lifecycle, long nowMs, Recommendation list)
    {
        ItemPut[] items = Items(ItemCount);
        var own = events.Where(act => act.User == User).TakeLast(32)
            .Select(act => (Row: int.Parse(act.Item.ToString()[5..]), act.TimeMs)).ToArray();
        double[][] parts = new BlendReference(items, events, sources, DayMs).Parts(User);
        double?[] phases = [.. Enumerable.Range(0, ItemCount).Select(row => OfRow(own, row, lifecycle, nowMs))];
        var expected = Enumerable.Range(0, ItemCount).Where(row => phases[row] is not null)
            .Select(row => (Row: row, Score: parts.Sum(part => part[row]) + phases[row]!.Value))
            .OrderByDescending(item => item.Score).ThenBy(item => item.Row).Take(50).ToArray();
        Assert.Equal(expected.Length, list.Items.Count);
        for (int place = 0; place < expected.Length; place++)
        {
            RecommendedItem item = list.Items[place];
            int row = int.Parse(item.Item.ToString()[5..]);
            Assert.NotNull(phases[row]);
            Assert.Equal(expected[place].Score, item.Score, 2e-5);
            Assert.Equal(parts.Sum(part => part[row]) + phases[row]!.Value, item.Score, 2e-5);
            SourceTerm phase = item.Sources.Single(source => source.Kind == SourceKind.Phase);
            Assert.Equal(phases[row]!.Value, phase.Amount, 1e-6);
            Assert.Equal(item.Score, item.Sources.Sum(source => (double)source.Amount), 1e-5);
        }
    }

    /// <summary>Null: stopped.</summary>
    private static double? OfRow((int Row, long TimeMs)[] own, int row, LifecyclePolicy lifecycle, long nowMs)
    {
        var category = own.Where(act => act.Row % 5 == row % 5).Select(act => (1.0, act.TimeMs)).ToArray();
        var item = own.Where(act => act.Row == row).Select(act => (1.0, act.TimeMs)).ToArray();
        return Of(category, lifecycle.Categories, nowMs) + Of(item, lifecycle.Items, nowMs);
    }

    private static double? Of((double, long)[] events, PhaseRule? rule, long nowMs)
    {
        if (rule is null || events.Length == 0)
        {
            return 0;
        }

        return PhaseReference.Phase(events, nowMs, rule) switch
        {
            InterestPhase.Rising or InterestPhase.Peak => rule.Boost,
            InterestPhase.Expired when rule.Stop => null,
            _ => -rule.Reduce,
        };
    }

    /// <summary>Twelve hours of three users; the second one looks at categories 0 to 3 in turn.</summary>
    private static BehaviourEvent[] Events()
    {
        var random = new Random(42);
        var events = new BehaviourEvent[90];
        for (int index = 0; index < events.Length; index++)
        {
            int item = (random.Next(24) * 5) + Math.Min(3, index / 22);
            events[index] = Click("u" + (index % 3), item, NowMs - ((90 - index) * 480_000L));
        }

        return events;
    }

    private static Task<InterestEngine> OpenAsync(ServingPolicy policy) =>
        OpenWithItemsAsync(Options() with { Policy = policy }, ItemCount);
}
