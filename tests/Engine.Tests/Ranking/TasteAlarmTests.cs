using Ebb.Engine.Catalogue;
using Ebb.Engine.Diagnostics;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Drifting;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Ranking;

/// <summary>The alarms of taste through the engine: users who turn to another category, and those who do not.</summary>
public sealed class TasteAlarmTests
{
    private const int UserCount = 40;
    private const int Acts = 12;

    private static readonly RecommendQuery Ten = new() { Count = 10, NowMs = NowMs };

    [Fact]
    public async Task Taste_OfUsersWhoTurnToAnotherCategory_IsAnAlarmOfTheirsAndOfThePopulation()
    {
        await using InterestEngine engine = await OpenAsync(ExactPolicy);
        for (int act = 0; act < Acts; act++)
        {
            await ActAllAsync(engine, act, category: 0);
        }

        EngineStats before = engine.GetStats();
        Assert.Equal((0L, 0L, false), (before.TasteUserAlarms, before.TasteAlarms, before.TasteAlarmActive));
        DriftReply settled = await engine.DriftAsync("u0");
        Assert.True(settled.Taste < 0 && !settled.IsTasteAlarmed);
        for (int act = Acts; act < 2 * Acts; act++)
        {
            await ActAllAsync(engine, act, category: 1);
        }

        DriftReply turned = await engine.DriftAsync("u0");
        Assert.True(turned.IsTasteAlarmed);
        EngineStats stats = engine.GetStats();
        Assert.True(stats.TasteUserAlarms >= UserCount);
        Assert.True(stats.TasteAlarms >= 1);
        Assert.Equal(stats.TasteAlarms, turned.PopulationTaste.RaisedCount);
        Assert.Equal(stats.TasteAlarmFrom, turned.TasteAlarmFrom);

        // Asking again without having done anything counts nothing.
        await engine.RecommendAsync("u0", Ten);
        await engine.RecommendAsync("u0", Ten);
        Assert.Equal(stats.TasteUserAlarms, engine.GetStats().TasteUserAlarms);
    }

    [Fact]
    public async Task Taste_GivenThreshold_IsThePolicys()
    {
        await using InterestEngine engine = await OpenAsync(ExactPolicy with { TasteAlarmFrom = 1 });
        for (int act = 0; act < 6; act++)
        {
            await engine.ActAsync("u0", [Event("u0", act, 0)], Ten);
        }

        for (int act = 6; act < 12; act++)
        {
            await engine.ActAsync("u0", [Event("u0", act, 1)], Ten);
        }

        DriftReply drift = await engine.DriftAsync("u0");
        Assert.Equal((1.0, true), (drift.TasteAlarmFrom, drift.IsTasteAlarmed));
        Assert.True(engine.GetStats().TasteUserAlarms >= 1);
        Assert.Throws<ArgumentException>(() => engine.SetPolicy(ExactPolicy with { TasteAlarmFrom = double.NaN }));
    }

    [Fact]
    public async Task Taste_WithoutCategories_IsNone()
    {
        await using InterestEngine engine = await OpenAsync(ExactPolicy, hasCategories: false);
        for (int act = 0; act < 20; act++)
        {
            await engine.ActAsync("u0", [Event("u0", act, act / 10)], Ten);
        }

        DriftReply drift = await engine.DriftAsync("u0");
        Assert.True(double.IsNaN(drift.Taste) && !drift.IsTasteAlarmed);
        Assert.True(double.IsNaN((await engine.DriftAsync("nobody")).Taste));
    }

    private static async Task ActAllAsync(InterestEngine engine, int act, int category)
    {
        for (int user = 0; user < UserCount; user++)
        {
            string name = "u" + user;
            await engine.ActAsync(name, [Event(name, act, category)], Ten);
        }
    }

    private static BehaviourEvent Event(string user, int act, int category) =>
        new(user, $"c{category}-{act % 4}", EventTypes.Click, NowMs - ((40 - act) * DayMs));

    private static async Task<InterestEngine> OpenAsync(ServingPolicy policy, bool hasCategories = true)
    {
        InterestEngine engine = await InterestEngine.OpenAsync(Options(partitionCount: 2) with
        {
            Policy = policy,
            TasteAlarm = new TasteAlarmOptions { LearnCount = 50, HoldCount = 20, Threshold = 6 },
        });
        var random = new Random(42);
        await engine.PutItemsAsync(
        [
            .. Enumerable.Range(0, 32).Select(item => new ItemPut(
                $"c{item / 4}-{item % 4}",
                Enumerable.Range(0, Dimension).Select(_ => (float)random.NextDouble() - 0.5f).ToArray())
            {
                Category = hasCategories ? $"category {item / 4}" : null,
            }),
        ]);
        return engine;
    }
}
