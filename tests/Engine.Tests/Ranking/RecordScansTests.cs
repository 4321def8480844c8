using Ebb.Engine.Audience;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Ebb.Kernels.Backends;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Ranking;

/// <summary>
/// An engine whose backend takes users along with their queries (ILGPU's CPU accelerator), beside one on the CPU: the
/// same answers to the same requests.
/// </summary>
public sealed class RecordScansTests
{
    private const int UserCount = 12;

    private static readonly ServingPolicy Policy = new() { KeepBelow = 0.05, ShiftFrom = 0.5 };
    private static readonly RecommendQuery Ten = new() { Count = 10 };

    private static readonly MemorySchema TwoHalfLives = UnitSchema with
    {
        HalfLives = [TimeSpan.FromHours(1), TimeSpan.FromDays(30)],
    };

    [Fact]
    public async Task Act_UsersComeAlong_SameListsDecisionsAndDriftAsTheCpu()
    {
        EngineOptions options = Options() with { Policy = Policy, Schema = TwoHalfLives };
        await using InterestEngine device = await OpenWithItemsAsync(options with { Backend = EmulatedOrSkip() });
        await using InterestEngine cpu = await OpenWithItemsAsync(options);
        var random = new Random(42);
        HashSet<ListDecision> decisions = [];
        for (int turn = 0; turn < 4 * UserCount; turn++)
        {
            // Late turns bring small changes: lists that are kept.
            string user = "u" + (turn % UserCount);
            int item = turn < 2 * UserCount ? random.Next(200) : turn % UserCount;
            BehaviourEvent[] events =
                [.. Enumerable.Repeat(Click(user, item, NowMs - (random.Next(100) * 60_000L)), 1 + (turn % 5))];
            Recommendation there = (await device.ActAsync(user, events, Ten)).Recommendation;
            Recommendation here = (await cpu.ActAsync(user, events, Ten)).Recommendation;
            Equal(here, there);
            decisions.Add(there.Decision);
        }

        EngineStats stats = device.GetStats();
        EngineStats expected = cpu.GetStats();
        Assert.True(decisions.IsSupersetOf([ListDecision.New, ListDecision.Keep, ListDecision.Refresh]));
        Assert.Equal(4 * UserCount, stats.GpuUsers);
        Assert.Equal(0, stats.GpuCpuQueries);
        Assert.Equal(expected.DriftsMeasured, stats.DriftsMeasured);
        Assert.Equal(
            (expected.ListsNew, expected.ListsKept, expected.ListsRefreshed, expected.ListsDiversified, expected.Scans),
            (stats.ListsNew, stats.ListsKept, stats.ListsRefreshed, stats.ListsDiversified, stats.Scans));
        Assert.Equal((0, 0), (expected.GpuUsers, expected.GpuBatches));
    }

    [Fact]
    public async Task Recommend_NothingHasHappened_IsDecidedWithoutTheDevice()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(
            Options() with { Policy = Policy, Backend = EmulatedOrSkip() });
        await engine.ActAsync("a", [Click("a", 1, NowMs)], Ten);
        Recommendation again = await engine.RecommendAsync("a", Ten);
        Assert.Equal(ListDecision.Keep, again.Decision);
        Assert.Equal(1, engine.GetStats().GpuUsers);
    }

    [Fact]
    public async Task Act_PolicyThatNeedsTheQueryFirst_IsScannedWithoutTheUser()
    {
        ServingPolicy least = Policy with { ScoreMin = 0.1 };
        await using InterestEngine device = await OpenWithItemsAsync(
            Options() with { Policy = least, Backend = EmulatedOrSkip() });
        await using InterestEngine cpu = await OpenWithItemsAsync(Options() with { Policy = least });
        Recommendation there = (await device.ActAsync("a", [Click("a", 1, NowMs)], Ten)).Recommendation;
        Equal((await cpu.ActAsync("a", [Click("a", 1, NowMs)], Ten)).Recommendation, there);
        Assert.Equal((0, 1), (device.GetStats().GpuUsers, device.GetStats().GpuQueries));
    }

    [Fact]
    public async Task Act_InterestsThatCancel_IsPopularAsOnTheCpu()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(
            Options() with { Policy = Policy, Backend = EmulatedOrSkip() });
        BehaviourEvent opposed = Click("a", 1, NowMs) with { Type = EventTypes.Dislike };
        Recommendation answer = (await engine.ActAsync("a", [Click("a", 1, NowMs), opposed], Ten)).Recommendation;
        Assert.Equal(ListDecision.Popular, answer.Decision);
        Assert.Equal(1, engine.GetStats().ListsPopular);
    }

    [Fact]
    public async Task Audience_OnTheDevice_SameMembersScoresAndCounts()
    {
        EngineOptions options = Options() with { Schema = TwoHalfLives };
        await using InterestEngine device = await OpenWithItemsAsync(options with { Backend = EmulatedOrSkip() });
        await using InterestEngine cpu = await OpenWithItemsAsync(options);
        var random = new Random(42);
        BehaviourEvent[] events =
        [
            .. Enumerable.Range(0, 600).Select(index => Click(
                "u" + (index % 250), random.Next(200), NowMs - random.NextInt64(3 * DayMs))),
        ];
        await device.ObserveAsync(events);
        await cpu.ObserveAsync(events);
        AudienceQuery query = new(ItemId(3)) { Count = 70, NowMs = NowMs + DayMs };
        AudienceList there = await device.AudienceAsync(query);
        AudienceList here = await cpu.AudienceAsync(query);
        Assert.Equal(here.Members, there.Members);
        Assert.Equal((here.UserCount, here.FitCount), (there.UserCount, there.FitCount));
        Assert.Equal(250, device.GetStats().GpuSweptUsers);
        Assert.True(device.GetStats().GpuSweeps >= 3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PopulationDrift_UsersWithLists_IsWhatDriftTellsOfEach(bool onDevice)
    {
        EngineOptions options = Options() with { Policy = Policy, Schema = TwoHalfLives };
        await using InterestEngine engine = await OpenWithItemsAsync(
            onDevice ? options with { Backend = EmulatedOrSkip() } : options);
        Assert.Equal(0, (await engine.PopulationDriftAsync()).UserCount);
        for (int user = 0; user < UserCount; user++)
        {
            await engine.ActAsync("u" + user, [Click("u" + user, user, NowMs - DayMs)], Ten);
        }

        // They went on without asking for a list; others never had one.
        await engine.ObserveAsync(
            [.. Enumerable.Range(0, UserCount + 3).Select(user => Click("u" + user, 100 + user, NowMs))]);
        PopulationDrift all = await engine.PopulationDriftAsync();
        double sum = 0;
        for (int user = 0; user < UserCount; user++)
        {
            sum += (await engine.DriftAsync("u" + user)).Drift;
        }

        Assert.Equal(UserCount, all.UserCount);
        Assert.Equal(sum / UserCount, all.Mean, 1e-12);
        Assert.InRange(all.Mean, 0.01, 2);
        Assert.True(all.P50 <= all.P99);
        EngineStats stats = engine.GetStats();
        Assert.Equal((all.UserCount, all.Mean), (stats.DriftSweepUsers, stats.DriftSweepMean));
        Assert.Equal(onDevice ? UserCount : 0, stats.GpuSweptUsers);
    }

    private static void Equal(Recommendation expected, Recommendation actual)
    {
        Assert.Equal(expected.Decision, actual.Decision);
        Assert.Equal(expected.Exact, actual.Exact);
        Assert.Equal(
            expected.Items.Select(item => (item.Item, item.Score)),
            actual.Items.Select(item => (item.Item, item.Score)));
        Assert.Equal(expected.Drift, actual.Drift, 1e-12);
        Assert.Equal(expected.Log2Scale, actual.Log2Scale);
    }

    private static IKernelBackend EmulatedOrSkip()
    {
        IKernelBackend? backend = CudaSupport.OpenEmulated(log: null);
        if (backend is null)
        {
            Assert.Skip("this build has no ILGPU");
        }

        return backend;
    }
}
