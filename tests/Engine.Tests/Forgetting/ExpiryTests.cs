using Ebb.Engine.Interest;
using Ebb.Engine.Log;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;
using TemporaryFolder = Ebb.Engine.Tests.Recovery.TemporaryFolder;

namespace Ebb.Engine.Tests.Forgetting;

/// <summary>Users whose last event is long past go, by an entry of the log.</summary>
public sealed class ExpiryTests
{
    private static readonly MemorySchema Expiring = UnitSchema with { ExpireAfter = TimeSpan.FromDays(10) };
    private static readonly RecommendQuery Top = new() { Count = 5 };

    [Fact]
    public async Task ExpireIdle_UsersOfOldEvents_GoAndOthersStay()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Schema = Expiring });
        await engine.ObserveAsync(
        [
            Click("old", 7, NowMs - (30 * DayMs)), Click("edge", 8, NowMs - (10 * DayMs)), Click("new", 9, NowMs),
            Click("late", 7, NowMs), Click("late", 7, NowMs - (30 * DayMs)),
        ]);
        await engine.RecommendAsync("old", Top);

        Assert.Equal(1, await engine.ExpireIdleAsync());

        Assert.False((await engine.ProfileAsync("old")).Known);
        Assert.Equal(ListDecision.Popular, (await engine.RecommendAsync("old", Top)).Decision);
        foreach (string user in (string[])["edge", "new", "late"])
        {
            Assert.True((await engine.ProfileAsync(user)).Known, user);
        }

        Assert.Equal((3L, 1L), (engine.GetStats().UserCount, engine.GetStats().UsersExpired));
        Assert.Equal(0, await engine.ExpireIdleAsync());
    }

    [Fact]
    public async Task ExpireIdle_WithoutTheKeyOrOfASchemaWithout_TakesNobody()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync([Click("old", 7, NowMs - (3000 * DayMs)), Click("new", 9, NowMs)]);
        Assert.Equal(0, await engine.ExpireIdleAsync());
        Assert.Equal(2, engine.GetStats().UserCount);
    }

    [Fact]
    public async Task ExpireIdle_ClockFarAhead_OnlyEventsMakeOld()
    {
        var clock = new TimerClock(NowMs);
        await using InterestEngine engine =
            await OpenWithItemsAsync(Options() with { Schema = Expiring, Clock = clock });
        await engine.ObserveAsync([Click("ann", 7, NowMs), Click("bob", 8, NowMs - DayMs)]);

        clock.Advance(TimeSpan.FromDays(4000));
        Assert.Equal(0, await engine.ExpireIdleAsync());

        // Back again, and then really later.
        clock.Advance(TimeSpan.FromDays(-4000 + 10.5));
        await engine.ObserveAsync([Click("ann", 7, NowMs + (long)(10.4 * DayMs))]);
        Assert.Equal(1, await engine.ExpireIdleAsync());
        Assert.True((await engine.ProfileAsync("ann")).Known);
        Assert.False((await engine.ProfileAsync("bob")).Known);
    }

    [Fact]
    public async Task ExpireIdle_WhoComesBack_BeginsAnew()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Schema = Expiring });
        await engine.ObserveAsync(
            [Click("ann", 7, NowMs - (30 * DayMs), eventId: 5), Click("bob", 1, NowMs)]);
        await engine.ExpireIdleAsync();

        ObserveReply reply = await engine.ObserveAsync([Click("ann", 9, NowMs, eventId: 5)]);

        Assert.Equal(EntryStatus.Ok, Assert.Single(reply.Statuses));
        InterestProfile profile = await engine.ProfileAsync("ann");
        Assert.Equal(1UL, profile.EventCount);
        Assert.Equal(ItemId(9), Assert.Single(profile.RecentEvents).Item);
    }

    [Fact]
    public async Task ExpireIdle_WithAnEventThatWaitsForItsItem_Stays()
    {
        await using InterestEngine engine =
            await OpenWithItemsAsync(Options() with { Schema = Expiring }, itemCount: 10);
        await engine.ObserveAsync([Click("ann", 7, NowMs - (30 * DayMs)), Click("bob", 1, NowMs)]);
        await engine.ObserveAsync([Click("ann", 50, NowMs)]);
        Assert.Equal(0, await engine.ExpireIdleAsync());
        await engine.PutItemsAsync([Items(60)[50]]);
        Assert.Equal(2UL, (await engine.ProfileAsync("ann")).EventCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ExpireIdle_BetweenEventsAndExports_FoldsToTheSameState(bool exportAfter)
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path) with { Schema = Expiring };
        byte[] live;
        await using (InterestEngine engine = await OpenWithItemsAsync(options))
        {
            await engine.ObserveAsync(Old(120));
            await engine.ExportAsync();
            await engine.ObserveAsync([Click("user-3", 5, NowMs), Click("user-9", 5, NowMs)]);
            Assert.Equal(118, await engine.ExpireIdleAsync());
            await engine.ObserveAsync([Click("user-1", 6, NowMs), Click("user-2", 7, NowMs - (20 * DayMs))]);
            Assert.Equal(1, await engine.ExpireIdleAsync());
            if (exportAfter)
            {
                await engine.ExportAsync();
            }

            await engine.ObserveAsync([Click("user-2", 8, NowMs)], new WriteOptions(AckLevel.Durable));
            live = await engine.ComputeStateHashAsync();

            // What the other partitions were told is in memory until their next commit.
            Assert.True(SpinWait.SpinUntil(() => IsDurable(engine.GetStats()), TimeSpan.FromSeconds(30)));
            using TemporaryFolder crashed = folder.Copy();
            await using InterestEngine recovered =
                await InterestEngine.OpenAsync(options with { Folder = crashed.Path });
            Assert.Equal(live, await recovered.ComputeStateHashAsync());
            Assert.Equal(4, recovered.GetStats().UserCount);
        }

        // The clock of a replay is not asked: an entry is an entry.
        EngineOptions whole = options with { ReplayWholeLog = true, Clock = new TimerClock(NowMs - (3000 * DayMs)) };
        await using InterestEngine folded = await InterestEngine.OpenAsync(whole);
        Assert.Equal(live, await folded.ComputeStateHashAsync());
    }

    [Fact]
    public async Task ExpireIdle_EventsBeforeIt_AreNoPartOfALaterUnsend()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path) with
        {
            Schema = Expiring with { RecentEventCount = 2 },
            Log = new EventLogOptions { RetentionTime = Timeout.InfiniteTimeSpan },
        };
        await using InterestEngine engine = await OpenWithItemsAsync(options);
        await using InterestEngine without = await OpenWithItemsAsync(options with { Folder = null });
        await engine.ObserveAsync([Click("ann", 1, NowMs - (40 * DayMs)), Click("bob", 1, NowMs)]);
        await without.ObserveAsync([Click("bob", 1, NowMs)]);
        await engine.ExpireIdleAsync();
        BehaviourEvent[] later =
            [.. Enumerable.Range(0, 5).Select(index => Click("ann", index, NowMs - index, (ulong)index + 10))];
        await engine.ObserveAsync(later);
        await without.ObserveAsync(later[1..]);

        UnsendReceipt receipt = await engine.UnsendAsync("ann", 10);

        Assert.Equal(UnsendMethod.Refolded, receipt.Method);
        Recommendation list = await engine.RecommendAsync("ann", Top);
        Recommendation expected = await without.RecommendAsync("ann", Top);
        Assert.Equal(
            expected.Items.Select(item => (item.Item, item.Score)), list.Items.Select(item => (item.Item, item.Score)));
    }

    [Theory]
    [InlineData("""{"expire_after": "400 d"}""", 400)]
    [InlineData("""{"expire_after": "never"}""", null)]
    [InlineData("{}", null)]
    public void Document_ExpireAfter_IsReadAndWrittenBack(string json, int? days)
    {
        MemorySchema schema = MemorySchemaDocument.Read(json);
        Assert.Equal(days is { } count ? TimeSpan.FromDays(count) : null, schema.ExpireAfter);
        Assert.Equal(schema.ExpireAfter, MemorySchemaDocument.Read(MemorySchemaText.Write(schema)).ExpireAfter);
        Assert.Equal(schema.ExpireAfter, MemorySchemaJson.Read(MemorySchemaJson.Write(schema)).ExpireAfter);
        Assert.Equal(days is not null, MemorySchemaJson.Write(schema).Contains("expire_after_ms"));
    }

    [Theory]
    [InlineData("""{"expire_after": "1 s"}""")]
    [InlineData("""{"expire_after": 5}""")]
    [InlineData("""{"expire_after": "9000000 d"}""")]
    public void Document_ExpireAfterThatCannotBe_NamesThePath(string json)
    {
        DocumentException refusal = Assert.Throws<DocumentException>(() => MemorySchemaDocument.Read(json));
        Assert.Contains("$.expire_after", refusal.Message);
    }

    [Fact]
    public async Task Open_ExpireAfterThatCannotBe_IsRefused() =>
        await Assert.ThrowsAsync<EngineStartException>(() => InterestEngine.OpenAsync(
            Options() with { Schema = UnitSchema with { ExpireAfter = TimeSpan.FromSeconds(1) } }));

    private static bool IsDurable(EngineStats stats) => stats.DurableSequenceTotal == stats.AppendedSequenceTotal;

    private static BehaviourEvent[] Old(int users) =>
        [.. Enumerable.Range(0, users).Select(user => Click($"user-{user}", user % 200, NowMs - (30 * DayMs)))];
}
