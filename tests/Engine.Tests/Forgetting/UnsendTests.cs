using Ebb.Engine.Interest;
using Ebb.Engine.Log;
using Ebb.Engine.Ranking;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;
using TemporaryFolder = Ebb.Engine.Tests.Recovery.TemporaryFolder;

namespace Ebb.Engine.Tests.Forgetting;

/// <summary>An engine that took an event out again against one that never saw it.</summary>
public sealed class UnsendTests
{
    private const ulong Unsent = 77;

    private static readonly WriteOptions Durable = new(AckLevel.Durable);
    private static readonly RecommendQuery Top = new() { Count = 5 };

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(31)]
    [InlineData(200)]
    public async Task Unsend_EventsInReach_IsBitEqualToAFoldWithoutIt(int eventCount)
    {
        // A log in memory lets go of what is folded; with a folder it tells of more than the last events.
        using var folder = new TemporaryFolder();
        BehaviourEvent[] events = Events(eventCount);
        await using InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path));
        await using InterestEngine without = await OpenWithItemsAsync(Options());
        foreach (BehaviourEvent one in events)
        {
            await engine.ObserveAsync([one, Click("bob", 3, NowMs)]);
            await without.ObserveAsync(one.EventId == Unsent ? [] : [one]);
        }

        UnsendReceipt receipt = await engine.UnsendAsync("ann", Unsent);

        Assert.Equal(UnsendMethod.Refolded, receipt.Method);
        Assert.Equal(events.Single(one => one.EventId == Unsent).TimeMs, receipt.TimeMs);
        InterestProfile left = await engine.ProfileAsync("ann");
        InterestProfile expected = await without.ProfileAsync("ann");
        Assert.Equal(expected.Direction, left.Direction);
        Assert.Equal(expected.Masses, left.Masses);
        Assert.Equal(expected.RecentEvents, left.RecentEvents);
        Assert.Equal((expected.EventCount, expected.LastEventMs), (left.EventCount, left.LastEventMs));
        Assert.Equal(1, engine.GetStats().EventsUnsent);
    }

    [Fact]
    public async Task Unsend_DemandForTheItem_IsThatOfTheOtherEvents()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options(partitionCount: 1));
        await using InterestEngine without = await OpenWithItemsAsync(Options(partitionCount: 1));
        BehaviourEvent[] others = [Click("bob", 7, NowMs - (2 * DayMs)), Click("ann", 8, NowMs - DayMs)];
        await engine.ObserveAsync(
            [Click("ann", 9, NowMs - DayMs, 5), .. others, Click("ann", 7, NowMs - (3 * DayMs), Unsent)]);
        await without.ObserveAsync(others);

        await engine.UnsendAsync("ann", Unsent);
        await engine.UnsendAsync("ann", 5);

        RecommendedItem[] left = [.. (await engine.RecommendAsync("stranger", Top)).Items];
        RecommendedItem[] expected = [.. (await without.RecommendAsync("stranger", Top)).Items];
        Assert.Equal(expected.Select(item => item.Item), left.Select(item => item.Item));
        Assert.All(left.Zip(expected), pair => Assert.Equal(pair.Second.Score, pair.First.Score, 1e-5f));
    }

    [Fact]
    public async Task Unsend_LogTrimmed_SubtractsToRounding()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path) with
        {
            Log = new EventLogOptions { RetentionTime = TimeSpan.Zero },
        };
        BehaviourEvent[] events = Events(100);
        await using InterestEngine engine = await OpenWithItemsAsync(options);
        await using InterestEngine without = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync(events);
        await without.ObserveAsync([.. events.Where(one => one.EventId != Unsent)]);
        await engine.ExportAsync();

        UnsendReceipt receipt = await engine.UnsendAsync("ann", Unsent);

        Assert.Equal(UnsendMethod.Subtracted, receipt.Method);
        InterestProfile left = await engine.ProfileAsync("ann");
        InterestProfile expected = await without.ProfileAsync("ann");
        Assert.Equal(99UL, left.EventCount);
        Assert.Equal(expected.Masses[0], left.Masses[0], 1e-5);
        Assert.Equal(1, left.Direction.Zip(expected.Direction, (a, b) => (double)a * b).Sum(), 1e-6);
        Assert.Equal(expected.RecentEvents.Take(31), left.RecentEvents);
    }

    [Fact]
    public async Task Unsend_EventOlderThanEverythingHeld_IsUnknown()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path) with
        {
            Log = new EventLogOptions { RetentionTime = TimeSpan.Zero },
        };
        await using InterestEngine engine = await OpenWithItemsAsync(options);
        await engine.ObserveAsync([Click("ann", 1, NowMs, Unsent), .. Events(60).Where(one => one.EventId != Unsent)]);
        await engine.ExportAsync();

        Assert.Equal(EntryStatus.UnknownEvent, await RefusalAsync(engine, "ann", Unsent));
        Assert.Equal(60UL, (await engine.ProfileAsync("ann")).EventCount);
    }

    [Fact]
    public async Task Unsend_ItemReplacedSince_TakesOutWhatWasFoldedThen()
    {
        using var folder = new TemporaryFolder();
        BehaviourEvent[] events = Events(60);
        await using InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path));
        await using InterestEngine without = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync(events);
        await without.ObserveAsync([.. events.Where(one => one.EventId != Unsent)]);
        await engine.PutItemsAsync(Items(200, seed: 7));

        Assert.Equal(UnsendMethod.Refolded, (await engine.UnsendAsync("ann", Unsent)).Method);

        InterestProfile left = await engine.ProfileAsync("ann");
        InterestProfile expected = await without.ProfileAsync("ann");
        Assert.Equal(expected.Direction, left.Direction);
        Assert.Equal(expected.Masses, left.Masses);
    }

    [Fact]
    public async Task Unsend_ParkedEvent_NeverComes()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options(), itemCount: 10);
        await engine.ObserveAsync(
            [Click("ann", 1, NowMs), Click("ann", 50, NowMs, Unsent), Click("ann", 51, NowMs, 5)]);

        Assert.Equal(UnsendMethod.Parked, (await engine.UnsendAsync("ann", Unsent)).Method);
        await engine.PutItemsAsync(Items(60)[50..]);

        InterestProfile left = await engine.ProfileAsync("ann");
        Assert.Equal([ItemId(51), ItemId(1)], left.RecentEvents.Select(recent => recent.Item));
        Assert.Equal(UnsendMethod.Refolded, (await engine.UnsendAsync("ann", 5)).Method);
        Assert.Equal(1UL, (await engine.ProfileAsync("ann")).EventCount);
    }

    [Theory]
    [InlineData("ann", 78UL)]
    [InlineData("ann", 0UL)]
    [InlineData("nobody", Unsent)]
    public async Task Unsend_WhatNeverCame_IsUnknown(string user, ulong eventId)
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync(Events(50));

        Assert.Equal(EntryStatus.UnknownEvent, await RefusalAsync(engine, user, eventId));
    }

    [Fact]
    public async Task Unsend_TwiceOrSentAgain_ChangesNothingMore()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync(Events(50));
        await engine.UnsendAsync("ann", Unsent);

        Assert.Equal(EntryStatus.UnknownEvent, await RefusalAsync(engine, "ann", Unsent));
        ObserveReply again = await engine.ObserveAsync([Click("ann", 1, NowMs, Unsent)]);
        Assert.Equal(EntryStatus.Duplicate, Assert.Single(again.Statuses));
        Assert.Equal(49UL, (await engine.ProfileAsync("ann")).EventCount);
    }

    [Fact]
    public async Task Unsend_KeptList_IsNotKept()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(
            Options() with { Policy = ExactPolicy with { KeepBelow = 0.0001, ShiftFrom = 2 } });
        await engine.ObserveAsync([Click("ann", 1, NowMs), Click("ann", 2, NowMs, Unsent)]);
        await engine.RecommendAsync("ann", Top);
        Assert.Equal(ListDecision.Keep, (await engine.RecommendAsync("ann", Top)).Decision);

        await engine.UnsendAsync("ann", Unsent);

        Assert.Equal(ListDecision.Refresh, (await engine.RecommendAsync("ann", Top)).Decision);
    }

    [Fact]
    public async Task Unsend_ManyRoutesAndExports_BasePlusReplayEqualsAFullReplay()
    {
        using var folder = new TemporaryFolder();
        byte[] before;
        await using (InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path)))
        {
            for (int user = 0; user < 40; user++)
            {
                await engine.ObserveAsync([.. Events(5 + user).Select(one => one with { User = "user-" + user })]);
            }

            Task edits = Task.Run(async () =>
            {
                for (int user = 0; user < 40; user++)
                {
                    await engine.UnsendAsync("user-" + user, Unsent);
                    await engine.ObserveAsync([Click("user-" + user, user, NowMs, 1000)]);
                }
            });
            do
            {
                await engine.ExportAsync();
            }
            while (!edits.IsCompleted);
            await edits;
            await engine.ObserveAsync(
                [.. Enumerable.Range(0, 16).Select(user => Click("f-" + user, 1, NowMs))], Durable);
            before = await engine.ComputeStateHashAsync();
            using TemporaryFolder killed = folder.Copy();
            Assert.Equal(before, await HashOfAsync(Options(killed.Path)));
        }

        Assert.Equal(before, await HashOfAsync(Options(folder.Path) with { ReplayWholeLog = true }));
    }

    [Fact]
    public async Task Unsend_WhileTheUserActs_LosesNothing()
    {
        using var folder = new TemporaryFolder();
        await using InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path));
        await engine.ObserveAsync(Events(2000));
        Task acts = Task.Run(async () =>
        {
            for (int index = 0; index < 300; index++)
            {
                await engine.ObserveAsync([Click("ann", index % 200, NowMs)]);
            }
        });

        UnsendReceipt receipt = await engine.UnsendAsync("ann", Unsent);
        await acts;

        Assert.Equal(UnsendMethod.Refolded, receipt.Method);
        Assert.Equal(2299UL, (await engine.ProfileAsync("ann")).EventCount);
    }

    /// <summary>Of ann, half of them with ids, some late; the one to unsend is seventh from the end.</summary>
    private static BehaviourEvent[] Events(int count)
    {
        var random = new Random(42);
        var events = new BehaviourEvent[count];
        for (int index = 0; index < count; index++)
        {
            ulong id = index == Math.Max(0, count - 7) ? Unsent : index % 2 == 0 ? (ulong)index + 2000 : 0;
            long timeMs = NowMs - ((count - index) * 3_600_000L) - random.Next(7_200_000);
            events[index] = Click("ann", random.Next(200), timeMs, id);
        }

        return events;
    }

    private static async Task<EntryStatus> RefusalAsync(InterestEngine engine, string user, ulong eventId) =>
        (await Assert.ThrowsAsync<EngineRequestException>(() => engine.UnsendAsync(user, eventId))).Status;

    private static async Task<byte[]> HashOfAsync(EngineOptions options)
    {
        await using InterestEngine engine = await InterestEngine.OpenAsync(options);
        return await engine.ComputeStateHashAsync();
    }
}
