using Ebb.Engine.Interest;
using Ebb.Engine.Log;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;
using Ebb.Engine.Store.Base;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;
using TemporaryFolder = Ebb.Engine.Tests.Recovery.TemporaryFolder;

namespace Ebb.Engine.Tests.Forgetting;

/// <summary>An engine whose memory schema was changed against one that had the new one from the start.</summary>
public sealed class SchemaChangeTests
{
    private static readonly WriteOptions Durable = new(AckLevel.Durable);

    private static readonly MemorySchema Next = UnitSchema with
    {
        Number = 2,
        HalfLives = [TimeSpan.FromHours(6), TimeSpan.FromDays(10), MemorySchema.Never],
        RecentEventCount = 20,
        CategorySplits = [new CategorySplit("c2", [0, 0.5, 0.5])],
    };

    [Theory]
    [InlineData(5)]
    [InlineData(90)]
    public async Task Change_LogReachesBack_IsBitEqualToTheNewSchemaFromTheStart(int eventsPerUser)
    {
        using var folder = new TemporaryFolder();
        using var other = new TemporaryFolder();
        BehaviourEvent[] events = Events(60, eventsPerUser);
        byte[] changed;
        await using (InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path)))
        {
            await engine.ObserveAsync(events);
            await engine.ExportAsync();
            await engine.ChangeSchemaAsync(Next);
            Assert.Equal(2u, engine.Schema.Number);
            await engine.ObserveAsync(events.Take(100).Select(Later).ToArray());
            changed = await engine.ComputeStateHashAsync();
            EngineStats stats = engine.GetStats();
            Assert.Equal((0, 60, 2u), (stats.UsersToRebuild, stats.UserCount, stats.SchemaNumber));
            Assert.Equal(0, stats.UsersRebuiltFromLastEvents);
            bool isRemembered = eventsPerUser <= UnitSchema.RecentEventCount;
            Assert.Equal(isRemembered ? (0, 60) : (60, 0), (stats.UsersRebuiltFromLog, stats.UsersRebuiltFromRecord));
        }

        await using InterestEngine fresh = await OpenWithItemsAsync(Options(other.Path) with { Schema = Next });
        await fresh.ObserveAsync(events);
        await fresh.ObserveAsync(events.Take(100).Select(Later).ToArray());
        Assert.Equal(await fresh.ComputeStateHashAsync(), changed);
        Assert.Equal(changed, await HashOfAsync(Options(folder.Path) with { Schema = null }));
        Assert.Equal(changed, await HashOfAsync(Options(folder.Path) with { Schema = null, ReplayWholeLog = true }));
    }

    [Fact]
    public async Task Change_LogTrimmed_KeepsTheLastEventsAndSaysSo()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path) with
        {
            Log = new EventLogOptions { RetentionTime = TimeSpan.Zero },
        };
        await using InterestEngine engine = await OpenWithItemsAsync(options);
        await engine.ObserveAsync(Events(10, 50));
        await engine.ExportAsync();

        await engine.ChangeSchemaAsync(Next with { CategorySplits = [] });
        await engine.SettleSchemaAsync();

        Assert.Equal(10, engine.GetStats().UsersRebuiltFromLastEvents);
        InterestProfile profile = await engine.ProfileAsync("user-3");
        Assert.Equal(50UL, profile.EventCount);
        Assert.Equal(32, profile.Masses[2], 1e-3);
        Assert.Equal(20, profile.RecentEvents.Count);
    }

    [Fact]
    public async Task Change_WhileUsersAct_EveryAnswerIsOfTheNewSchemaAndNothingIsLost()
    {
        using var folder = new TemporaryFolder();
        await using InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path));
        await engine.ObserveAsync(Events(400, 40));
        int[] acted = new int[400];
        using var stop = new CancellationTokenSource();
        Task[] clients = [.. Enumerable.Range(0, 3).Select(client => Task.Run(async () =>
        {
            var random = new Random(client);
            while (!stop.IsCancellationRequested)
            {
                // Each client has its own users, so that what each did is known.
                int user = (random.Next(133) * 3) + client;
                ActReply reply = await engine.ActAsync(
                    "user-" + user, [Click("user-" + user, random.Next(200), NowMs)], new() { Count = 3 });
                Assert.Equal(EntryStatus.Ok, Assert.Single(reply.Statuses));
                acted[user]++;
            }
        }))];
        await engine.ChangeSchemaAsync(Next with { CategorySplits = [] });
        for (int user = 0; user < 400; user += 7)
        {
            Assert.Equal(3, (await engine.ProfileAsync("user-" + user)).Masses.Length);
        }

        await engine.SettleSchemaAsync();
        await stop.CancelAsync();
        await Task.WhenAll(clients);

        Assert.Equal(0, engine.GetStats().UsersRebuiltFromLastEvents);
        for (int user = 0; user < 400; user++)
        {
            InterestProfile profile = await engine.ProfileAsync("user-" + user);
            Assert.Equal((ulong)(40 + acted[user]), profile.EventCount);
            Assert.Equal(40 + acted[user], profile.Masses[2], 1e-3);
        }

        byte[] hash = await engine.ComputeStateHashAsync();
        await engine.DisposeAsync();
        Assert.Equal(hash, await HashOfAsync(Options(folder.Path) with { Schema = null, ReplayWholeLog = true }));
    }

    [Fact]
    public async Task Change_KilledInTheMiddle_GoesOnWhereItWas()
    {
        using var folder = new TemporaryFolder();
        await using InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path));
        await engine.ObserveAsync(Events(3000, 40), Durable);
        await engine.ExportAsync();
        await engine.ChangeSchemaAsync(Next);
        await engine.ObserveAsync([Click("user-7", 3, NowMs)], Durable);
        using TemporaryFolder killed = folder.Copy();
        byte[] expected = await engine.ComputeStateHashAsync();

        await using InterestEngine recovered = await InterestEngine.OpenAsync(
            Options(killed.Path) with { Schema = null });
        Assert.Equal(2u, recovered.Schema.Number);
        Assert.Equal(3, (await recovered.ProfileAsync("user-2999")).Masses.Length);
        Assert.Equal(expected, await recovered.ComputeStateHashAsync());
    }

    [Fact]
    public async Task Change_KilledBeforeItWasLogged_IsFinishedAtTheNextStart()
    {
        using var folder = new TemporaryFolder();
        await using (InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path)))
        {
            await engine.ObserveAsync(Events(20, 5));
        }

        BaseManifest.PublishSchema(folder.Path, MemorySchemaJson.Write(Next));
        await using InterestEngine reopened = await InterestEngine.OpenAsync(
            Options(folder.Path) with { Schema = null });

        Assert.Equal(2u, reopened.Schema.Number);
        Assert.Equal(3, (await reopened.ProfileAsync("user-3")).Masses.Length);
    }

    [Fact]
    public async Task Open_WithANewerSchema_ChangesToIt()
    {
        using var folder = new TemporaryFolder();
        await using (InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path)))
        {
            await engine.ObserveAsync(Events(20, 5));
        }

        byte[] hash;
        await using (InterestEngine changed = await InterestEngine.OpenAsync(
            Options(folder.Path) with { Schema = Next }))
        {
            Assert.Equal(3, (await changed.ProfileAsync("user-3")).Masses.Length);
            hash = await changed.ComputeStateHashAsync();
        }

        Assert.Equal(hash, await HashOfAsync(Options(folder.Path) with { Schema = null }));
    }

    [Fact]
    public async Task Change_ForgetUnsendAndParkedEvents_GoOn()
    {
        using var folder = new TemporaryFolder();
        await using InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path), itemCount: 50);
        await engine.ObserveAsync([Click("ann", 1, NowMs, 7), Click("ann", 2, NowMs, 8), Click("ann", 150, NowMs)]);
        await engine.ObserveAsync([Click("bob", 1, NowMs)]);
        await engine.ChangeSchemaAsync(Next with { CategorySplits = [] });

        Assert.Equal(UnsendMethod.Refolded, (await engine.UnsendAsync("ann", 7)).Method);
        Assert.True((await engine.ForgetAsync("bob")).Known);
        ObserveReply again = await engine.ObserveAsync([Click("ann", 2, NowMs, 8)]);
        await engine.PutItemsAsync(Items(200)[150..]);
        await engine.SettleSchemaAsync();

        Assert.Equal(EntryStatus.Duplicate, Assert.Single(again.Statuses));
        Assert.False((await engine.ProfileAsync("bob")).Known);
        Assert.Equal(new double[] { 2, 2, 2 }, (await engine.ProfileAsync("ann")).Masses);
        Assert.Equal(1, engine.GetStats().UserCount);
    }

    [Fact]
    public async Task Change_InMemory_Works()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync(Events(20, 5));

        await engine.ChangeSchemaAsync(Next);
        await engine.SettleSchemaAsync();

        Assert.Equal(20, engine.GetStats().UsersRebuiltFromRecord);
        Assert.Equal(3, (await engine.ProfileAsync("user-3")).Masses.Length);
    }

    [Fact]
    public async Task Change_ThatCannotBe_LeavesTheRunningOne()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync(Events(5, 5));
        PolicySet unfit = PolicySet.Of(new ServingPolicy { CurveCoefficients = [1, 2] });

        var number = await Assert.ThrowsAsync<ArgumentException>(
            () => engine.ChangeSchemaAsync(Next with { Number = 1 }));
        var schema = await Assert.ThrowsAsync<ArgumentException>(
            () => engine.ChangeSchemaAsync(Next with { RecentEventCount = 0 }));
        await Assert.ThrowsAsync<ArgumentException>(() => engine.ChangeSchemaAsync(Next, unfit));

        Assert.Contains("higher", number.Message);
        Assert.Contains("remembered events", schema.Message);
        Assert.Equal(1u, engine.Schema.Number);
        Assert.Single((await engine.ProfileAsync("user-3")).Masses);
    }

    [Fact]
    public async Task Change_WithItsPolicies_PutsBothInForceAtOnce()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync(Events(5, 5));
        ServingPolicy policy = ExactPolicy with { CurveCoefficients = [0, 0, 1] };

        await engine.ChangeSchemaAsync(Next, PolicySet.Of(policy));

        Assert.Equal(policy, engine.Policies.Policies[0].Policy);
        Assert.NotEmpty((await engine.RecommendAsync("user-3", new() { Count = 3, Explain = true })).Items);
    }

    private static BehaviourEvent Later(BehaviourEvent one) => one with { TimeMs = NowMs, EventId = 0 };

    private static BehaviourEvent[] Events(int userCount, int perUser)
    {
        var random = new Random(42);
        var events = new BehaviourEvent[userCount * perUser];
        for (int index = 0; index < events.Length; index++)
        {
            events[index] = Click(
                "user-" + (index % userCount), random.Next(200), NowMs - random.NextInt64(20 * DayMs),
                index % 3 == 0 ? (ulong)index + 1 : 0);
        }

        return events;
    }

    private static async Task<byte[]> HashOfAsync(EngineOptions options)
    {
        await using InterestEngine engine = await InterestEngine.OpenAsync(options);
        return await engine.ComputeStateHashAsync();
    }
}
