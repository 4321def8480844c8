using Ebb.Engine.Experiments;
using Ebb.Engine.Interest;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;
using Ebb.Engine.Tests.Recovery;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Experiments;

/// <summary>Impressions and their answers through an engine, against a plain list of them.</summary>
public sealed class FeedbackTests
{
    private const long HourMs = 3_600_000;

    private static readonly MemorySchema Schema = UnitSchema with
    {
        EventTypes =
        [
            new EventTypeRule(EventTypes.Click, "click", 1), new EventTypeRule(EventTypes.Purchase, "purchase", 4),
            new EventTypeRule(EventTypes.Dislike, "dislike", -1),
        ],
    };

    private static readonly PolicySet Policies =
        PolicyDocument.Read(ExperimentDocumentTests.Document(ExperimentDocumentTests.One()));

    [Fact]
    public async Task Report_ManyUsers_EqualsThePlainCount()
    {
        await using InterestEngine engine = await OpenAsync();
        BehaviourEvent[] events = Events(300, 25);
        foreach (BehaviourEvent[] batch in events.Chunk(53))
        {
            await engine.ObserveAsync(batch);
        }

        ExperimentReport report = Assert.Single(engine.GetExperiments());
        ArmSums[] plain = Plain(events);

        Assert.Equal(ExperimentState.Running, report.State);
        Assert.Equal(plain, report.Arms.Select(arm => arm.Sums));
        Assert.Equal(300, plain[0].Users + plain[1].Users);
        Assert.True(plain.All(arm => arm is { Users: > 100, Clicked: > 100, Converted: > 100 }));
        Assert.Equal((double)plain[0].Clicked / plain[0].Shown, report.Arms[0].Rate);
        Assert.InRange(report.Arms[0].Rate, report.Arms[0].Interval.Low, report.Arms[0].Interval.High);
    }

    [Fact]
    public async Task State_AfterRestartAndFullReplay_IsTheSameBits()
    {
        using var folder = new TemporaryFolder();
        BehaviourEvent[] events = Events(60, 20);
        byte[] hash;
        ArmSums[] before;
        await using (InterestEngine engine = await OpenAsync(folder.Path))
        {
            await engine.ObserveAsync(events[..900]);
            await engine.ExportAsync();
            await engine.ObserveAsync(events[900..]);
            await engine.ForgetAsync("user-3");
            await engine.MergeAsync("user-4", "user-5");
            hash = await engine.ComputeStateHashAsync();
            before = [.. engine.GetExperiments()[0].Arms.Select(arm => arm.Sums)];
        }

        foreach (bool replaysAll in new[] { false, true })
        {
            await using InterestEngine again = await InterestEngine.OpenAsync(
                Opening(folder.Path) with { ReplayWholeLog = replaysAll });
            Assert.Equal(hash, await again.ComputeStateHashAsync());
            Assert.Equal(before, again.GetExperiments()[0].Arms.Select(arm => arm.Sums));
        }
    }

    [Fact]
    public async Task Restart_WithAnotherDefinition_IsRefusedWithTheReason()
    {
        using var folder = new TemporaryFolder();
        await using (InterestEngine engine = await OpenAsync(folder.Path))
        {
            await engine.ObserveAsync([Shown("ann", 1, NowMs)]);
        }

        PolicySet changed = PolicyDocument.Read(
            ExperimentDocumentTests.Document(ExperimentDocumentTests.One().Replace("0.5", "0.4")));
        EngineStartException refused = await Assert.ThrowsAsync<EngineStartException>(
            () => InterestEngine.OpenAsync(Opening(folder.Path) with { Policies = changed }));
        Assert.Contains("$.experiments[0]: x has counts of another definition", refused.Message);
        await using InterestEngine again = await OpenAsync(folder.Path, puts: false);
        Assert.Equal(1, again.GetExperiments()[0].Arms.Sum(arm => arm.Sums.Shown));
    }

    [Fact]
    public async Task SetPolicies_ThatChangeARunningExperiment_AreRefusedAndTheOldOnesStay()
    {
        await using InterestEngine engine = await OpenAsync();
        Assert.Contains(
            "is running",
            Assert.Throws<ArgumentException>(() => engine.SetPolicy(ExactPolicy)).Message);
        Assert.Single(engine.GetExperiments());
    }

    [Fact]
    public async Task Impressions_LeaveTheUserAsHeIs()
    {
        await using InterestEngine engine = await OpenAsync();
        await engine.ObserveAsync([Click("ann", 1, NowMs - 10)]);
        InterestProfile before = await engine.ProfileAsync("ann");
        ObserveReply shown = await engine.ObserveAsync([Shown("ann", 2, NowMs), Shown("eve", 2, NowMs)]);
        InterestProfile after = await engine.ProfileAsync("ann");

        Assert.All(shown.Statuses, status => Assert.Equal(EntryStatus.Ok, status));
        Assert.Equal((before.EventCount, before.LastEventMs), (after.EventCount, after.LastEventMs));
        Assert.Equal(0ul, (await engine.ProfileAsync("eve")).EventCount);
        Assert.Equal(
            [EntryStatus.UnknownItem], (await engine.ObserveAsync([Shown("ann", 999, NowMs)])).Statuses);
    }

    [Fact]
    public async Task Forget_TakesTheUsersPartOut_MergeLeavesIt()
    {
        await using InterestEngine engine = await OpenAsync();
        await engine.ObserveAsync([Shown("ann", 1, NowMs), Click("ann", 1, NowMs), Shown("bob", 1, NowMs)]);
        await engine.ObserveAsync([Click("bob", 2, NowMs), Shown("guest", 1, NowMs - 1)]);
        Assert.True((await engine.ForgetAsync("guest")).Known);
        ArmSums Sum() => engine.GetExperiments()[0].Arms.Select(arm => arm.Sums).Aggregate((a, b) => a + b);
        Assert.Equal((2, 2, 1), (Sum().Users, Sum().Shown, Sum().Clicked));

        await engine.MergeAsync("bob", "carl");
        await engine.ObserveAsync([Click("bob", 1, NowMs), Click("carl", 1, NowMs)]);
        Assert.Equal((2, 2, 1), (Sum().Users, Sum().Shown, Sum().Clicked));

        await engine.ForgetAsync("ann");
        Assert.Equal((1, 1, 0), (Sum().Users, Sum().Shown, Sum().Clicked));
        Assert.Equal(1, Sum().ShownSquares);
    }

    [Fact]
    public async Task Arms_ServeTheirPolicies_AndStay()
    {
        PolicySet set = PolicyDocument.Read(
            """
            {"policies": [{"name": "a", "share": 1}, {"name": "b", "share": 0, "score_min": 1e9}], "experiments":
            [{"name": "x", "start": "2023-11-01T00:00:00Z", "arms": [{"policy": "a", "share": 0.5}, {"policy": "b",
            "share": 0.5}]}]}
            """);
        await using InterestEngine engine = await OpenWithItemsAsync(Opening(null) with { Policies = set });
        var empty = new List<string>();
        foreach (string user in Enumerable.Range(0, 80).Select(index => "user-" + index))
        {
            await engine.ObserveAsync([Click(user, 1, NowMs), Shown(user, 1, NowMs)]);
            Recommendation list = await engine.RecommendAsync(user, new RecommendQuery { Count = 3 });
            if (list.Items.Count == 0)
            {
                empty.Add(user);
            }
        }

        // Policy b serves nothing (no score reaches θ), and has no users but those of its arm.
        Assert.InRange(empty.Count, 25, 55);
        Assert.Equal(empty.Count, engine.GetExperiments()[0].Arms[1].Sums.Users);
    }

    private static EngineOptions Opening(string? folder) =>
        Options(folder) with { Schema = Schema, Policies = Policies };

    private static async Task<InterestEngine> OpenAsync(string? folder = null, bool puts = true) => puts
        ? await OpenWithItemsAsync(Opening(folder))
        : await InterestEngine.OpenAsync(Opening(folder));

    private static BehaviourEvent Shown(string user, int item, long timeMs) =>
        new(user, ItemId(item), EventTypes.Impression, timeMs);

    /// <summary>Lists of three, then answers: in time, late, twice, and of what nobody showed.</summary>
    private static BehaviourEvent[] Events(int users, int steps)
    {
        var random = new Random(42);
        var events = new List<BehaviourEvent>();
        for (int step = 0; step < steps; step++)
        {
            long timeMs = NowMs - ((steps - step) * 2 * HourMs);
            for (int user = 0; user < users; user++)
            {
                string name = "user-" + user;
                if (step % 3 == 0 && (user + step) % 4 != 0)
                {
                    int first = random.Next(40);
                    events.AddRange(Enumerable.Range(first, 3).Select(item => Shown(name, item, timeMs)));
                    events.Add(Click(name, first + random.Next(5), timeMs + random.Next((int)(2 * HourMs))));
                }

                byte type = random.Next(2) == 0 ? EventTypes.Click : EventTypes.Purchase;
                events.Add(new BehaviourEvent(name, ItemId(random.Next(45)), type, timeMs + 5));
            }
        }

        // Everybody is shown something, so that the arms' users are known.
        events.AddRange(Enumerable.Range(0, users).Select(user => Shown("user-" + user, 100, NowMs)));
        return [.. events];
    }

    /// <summary>The definition again: the latest waiting impression, one click and one conversion each.</summary>
    private static ArmSums[] Plain(BehaviourEvent[] events)
    {
        ExperimentLayer layer = ExperimentLayer.Of(Policies)!;
        var sums = new ArmSums[2];
        foreach (var user in events.GroupBy(one => one.User))
        {
            int arm = layer.Find(user.Key.Span, NowMs)!.Arm;
            var shown = new List<(OpaqueId Item, long TimeMs, bool[] Answered)>();
            long clicked = 0;
            long converted = 0;
            foreach (BehaviourEvent one in user)
            {
                if (one.Type == EventTypes.Impression)
                {
                    shown.Add((one.Item, one.TimeMs, new bool[2]));
                    continue;
                }

                bool isClick = one.Type == EventTypes.Click;
                long windowMs = isClick ? HourMs : 7 * DayMs;
                var last = shown.TakeLast(32).LastOrDefault(candidate =>
                    candidate.Item == one.Item && !candidate.Answered[isClick ? 0 : 1]
                    && one.TimeMs >= candidate.TimeMs && one.TimeMs - candidate.TimeMs <= windowMs);
                if (last.Answered is { } answered)
                {
                    answered[isClick ? 0 : 1] = true;
                    clicked += isClick ? 1 : 0;
                    converted += isClick ? 0 : 1;
                }
            }

            sums[arm] += ArmSums.Of(
                shown.Count, clicked, converted, shown.Select(one => one.TimeMs).Distinct().Count());
        }

        return sums;
    }
}
