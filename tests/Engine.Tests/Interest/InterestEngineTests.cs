using System.Numerics;
using System.Runtime.Intrinsics.X86;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Interest;

public sealed class InterestEngineTests
{
    [Fact]
    public async Task Recommend_AfterManyEvents_EqualsThePlainSumInDouble()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        ItemPut[] items = Items(200);
        var random = new Random(42);
        for (int user = 0; user < 20; user++)
        {
            BehaviourEvent[] events =
            [
                .. Enumerable.Range(0, 1 + random.Next(60)).Select(_ => Click(
                    "user-" + user, random.Next(200), NowMs - random.NextInt64(10 * DayMs))),
            ];
            ObserveReply reply = await engine.ObserveAsync(events);
            Assert.All(reply.Statuses, status => Assert.Equal(EntryStatus.Ok, status));
            Recommendation list = await engine.RecommendAsync("user-" + user, new RecommendQuery { Count = 20 });
            var expected = Oracle(events, items, DayMs, 20);
            Assert.Equal(expected.Select(item => item.Item), list.Items.Select(item => item.Item));
            Assert.True(list.Exact);
            Assert.Equal(-(NowMs - events.Max(e => e.TimeMs)) / (double)DayMs, list.Log2Scale, 9);
            for (int index = 0; index < 20; index++)
            {
                Assert.Equal(expected[index].Score, list.Items[index].Score, Math.Abs(expected[index].Score) * 1e-5);
            }
        }
    }

    [Fact]
    public async Task Act_AnEvent_ItsReplyReflectsIt()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        var query = new RecommendQuery { Count = 5 };
        for (int item = 0; item < 50; item++)
        {
            ActReply reply = await engine.ActAsync("user-" + item, [Click("user-" + item, item, NowMs)], query);
            Assert.Equal(EntryStatus.Ok, Assert.Single(reply.Statuses));
            var expected = Oracle([Click("u", item, NowMs)], Items(200), DayMs, 5);
            Assert.Equal(expected.Select(e => e.Item), reply.Recommendation.Items.Select(i => i.Item));
        }
    }

    [Fact]
    public async Task Observe_SameSessionSequenceOrEventId_CountsOnce()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        var write = new WriteOptions(AckLevel.Applied, Session: 7, Sequence: 1);
        BehaviourEvent[] events = [Click("a", 1, NowMs), Click("b", 2, NowMs), Click("a", 3, NowMs)];
        await engine.ObserveAsync(events, write);
        ObserveReply again = await engine.ObserveAsync(events, write);
        Assert.All(again.Statuses, status => Assert.Equal(EntryStatus.Duplicate, status));

        ObserveReply twice = await engine.ObserveAsync([Click("c", 1, NowMs, 99), Click("c", 1, NowMs, 99)]);
        Assert.Equal([EntryStatus.Ok, EntryStatus.Duplicate], twice.Statuses);
        ObserveReply later = await engine.ObserveAsync([Click("c", 1, NowMs, 99)]);
        Assert.Equal(EntryStatus.Duplicate, Assert.Single(later.Statuses));
        Assert.Equal(1UL, (await engine.ProfileAsync("c")).EventCount);
        Assert.Equal(2UL, (await engine.ProfileAsync("a")).EventCount);
    }

    [Fact]
    public async Task Observe_BadEvents_HaveAStatusEachAndTheRestCount()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        ObserveReply reply = await engine.ObserveAsync(
        [
            Click("a", 1, NowMs),
            new BehaviourEvent("a", new string('x', 65), EventTypes.Click, NowMs),
            new BehaviourEvent("", "item-1", EventTypes.Click, NowMs),
            new BehaviourEvent("a", "item-1", 55, NowMs),
            new BehaviourEvent("a", "item-1", EventTypes.Click, NowMs, float.NaN),
            new BehaviourEvent("a", "item-1", EventTypes.Click, NowMs, float.PositiveInfinity),
            new BehaviourEvent("a", "item-1", EventTypes.Click, -5),
            Click("a", 2, NowMs),
        ]);
        Assert.Equal(
            [
                EntryStatus.Ok, EntryStatus.IdLength, EntryStatus.IdLength, EntryStatus.UnknownEventType,
                EntryStatus.NotFinite, EntryStatus.NotFinite, EntryStatus.TimeOutOfRange, EntryStatus.Ok,
            ],
            reply.Statuses);
        Assert.Equal(2UL, (await engine.ProfileAsync("a")).EventCount);
    }

    [Fact]
    public async Task PutItems_ElementBeyondTheBound_IsRefusedAndTheRestPut()
    {
        await using InterestEngine engine = await InterestEngine.OpenAsync(Options());
        float[] within = new float[Dimension];
        float[] beyond = new float[Dimension];
        within[0] = ItemPut.ElementMax;
        beyond[0] = ItemPut.ElementMax * 2;
        ItemChangeReply reply = await engine.PutItemsAsync(
            [new ItemPut("within", within), new ItemPut("beyond", beyond)]);
        Assert.Equal([EntryStatus.Ok, EntryStatus.NotFinite], reply.Statuses);
    }

    [Fact]
    public async Task Observe_FutureTime_IsClampedAndCounted()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync([Click("a", 1, NowMs + DayMs)]);
        InterestProfile profile = await engine.ProfileAsync("a");
        Assert.Equal(NowMs, profile.LastEventMs);
        Assert.Equal(1, engine.GetStats().EventsClamped);
    }

    [Fact]
    public async Task Observe_UnknownItem_CountsWhenTheItemComes()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options(), itemCount: 10);
        ObserveReply reply = await engine.ObserveAsync(
            [Click("a", 50, NowMs), Click("b", 50, NowMs), Click("a", 50, NowMs)]);
        Assert.All(reply.Statuses, status => Assert.Equal(EntryStatus.Parked, status));
        Assert.Equal(0UL, (await engine.ProfileAsync("a")).EventCount);
        await engine.PutItemsAsync([Items(60)[50]]);
        Assert.Equal(2UL, (await engine.ProfileAsync("a")).EventCount);
        Assert.Equal(1UL, (await engine.ProfileAsync("b")).EventCount);
        Assert.Equal(3, engine.GetStats().ParkedResolved);
        Recommendation list = await engine.RecommendAsync("a", new RecommendQuery { Count = 1 });
        Assert.Equal(ItemId(50), list.Items[0].Item);
    }

    [Fact]
    public async Task Observe_UnknownItemPastTheWindow_IsGivenUp()
    {
        EngineOptions options = Options();
        await using InterestEngine engine = await OpenWithItemsAsync(options, itemCount: 10);
        await engine.ObserveAsync([Click("a", 50, NowMs)]);
        ((FixedClock)options.Clock).Advance(TimeSpan.FromHours(2));
        await engine.ObserveAsync(
            [Click("a", 1, NowMs), Click("b", 1, NowMs), Click("c", 1, NowMs), Click("d", 1, NowMs)]);
        await engine.PutItemsAsync([Items(60)[50]]);
        Assert.Equal(1UL, (await engine.ProfileAsync("a")).EventCount);
        Assert.Equal(1, engine.GetStats().ParkedExpired);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    [InlineData(-1)]
    public async Task Recommend_CountOutOfRange_IsRefused(int count)
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        var refusal = await Assert.ThrowsAsync<EngineRequestException>(
            () => engine.RecommendAsync("a", new RecommendQuery { Count = count }));
        Assert.Equal(EntryStatus.KOutOfRange, refusal.Status);
    }

    [Fact]
    public async Task Recommend_MoreThanTheCatalogue_GivesAllOfIt()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options(), itemCount: 7);
        await engine.ObserveAsync([Click("a", 1, NowMs)]);
        Recommendation list = await engine.RecommendAsync("a", new RecommendQuery { Count = 1000 });
        Assert.Equal(7, list.Items.Count);
    }

    [Fact]
    public async Task Recommend_Stranger_GetsThePopulationsFavourites()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync(
            [Click("a", 5, NowMs), Click("b", 5, NowMs), Click("c", 5, NowMs), Click("a", 9, NowMs)]);
        Recommendation list = await engine.RecommendAsync("stranger", new RecommendQuery { Count = 4 });
        Assert.Equal(ListDecision.Popular, list.Decision);
        Assert.Equal(4, list.Items.Count);
        Assert.Equal([ItemId(5), ItemId(9)], list.Items.Take(2).Select(item => item.Item));
    }

    [Fact]
    public async Task Recommend_ExcludeSeen_LeavesOutTheLastEvents()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync([Click("a", 1, NowMs), Click("a", 2, NowMs)]);
        Recommendation all = await engine.RecommendAsync("a", new RecommendQuery { Count = 10 });
        Recommendation unseen = await engine.RecommendAsync("a", new RecommendQuery { Count = 10, ExcludeSeen = true });
        Assert.Contains(all.Items, item => item.Item == ItemId(1));
        Assert.DoesNotContain(unseen.Items, item => item.Item == ItemId(1) || item.Item == ItemId(2));
        Assert.Equal(10, unseen.Items.Count);
    }

    [Fact]
    public async Task Recommend_Explain_TermsAddUpToTheScore()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        var random = new Random(42);
        await engine.ObserveAsync(
            [.. Enumerable.Range(0, 50).Select(i => Click("a", random.Next(200), NowMs - (i * DayMs / 9)))]);
        Recommendation list = await engine.RecommendAsync("a", new RecommendQuery { Count = 10, Explain = true });
        foreach (RecommendedItem item in list.Items)
        {
            Assert.Equal(32, item.Terms.Count);
            double sum = item.Terms.Sum(term => (double)term.Amount) + item.OlderTerms;
            Assert.Equal(item.Score, sum, Math.Abs(item.Score) * 1e-5);
        }
    }

    [Fact]
    public async Task Rank_Candidates_ScoresAreCosinesWithStatuses()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync([Click("a", 1, NowMs)]);
        RankReply reply = await engine.RankAsync("a", [new(ItemId(1)), new("nothing"), new(ItemId(2), 0.5f), new("")]);
        Assert.Equal(
            [EntryStatus.Ok, EntryStatus.UnknownItem, EntryStatus.Ok, EntryStatus.IdLength],
            reply.Candidates.Select(candidate => candidate.Status));
        Assert.Equal(1, reply.Candidates[0].Interest, 1e-6);
        Assert.Equal(reply.Candidates[2].Interest + 0.5, reply.Candidates[2].Score, 1e-6);
    }

    [Fact]
    public async Task Recommend_AfterIdleForAThousandHalfLives_StillHasAList()
    {
        EngineOptions options = Options();
        await using InterestEngine engine = await OpenWithItemsAsync(options);
        await engine.ObserveAsync([Click("a", 3, NowMs)]);
        ((FixedClock)options.Clock).Advance(TimeSpan.FromDays(2000));
        Recommendation list = await engine.RecommendAsync("a", new RecommendQuery { Count = 3 });
        var expected = Oracle([Click("a", 3, NowMs)], Items(200), DayMs, 3);
        Assert.Equal(expected.Select(e => e.Item), list.Items.Select(i => i.Item));
        Assert.Equal(-2000, list.Log2Scale, 9);
    }

    [Fact]
    public async Task Observe_DurableAck_IsAnsweredOnceDurable()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        ObserveReply reply = await engine.ObserveAsync(
            [Click("a", 1, NowMs), Click("b", 1, NowMs)], new WriteOptions(AckLevel.Durable));
        Assert.All(reply.Statuses, status => Assert.Equal(EntryStatus.Ok, status));
        EngineStats stats = engine.GetStats();
        Assert.Equal(stats.AppendedSequenceTotal, stats.DurableSequenceTotal);
    }

    [Fact]
    public async Task GetStats_ItemMemory_FollowsItsFormula()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        EngineStats stats = engine.GetStats();
        int stride = (stats.Dimension + 7) / 8 * 8;
        int chunkRows = 1 << BitOperations.Log2((uint)((1 << 20) / stride));
        Assert.Equal(200, stats.ItemCount);
        int nibbleBytes = Avx2.IsSupported ? (stride / 2) + 2 : 0;
        Assert.Equal((5 * (stride + 1)) + nibbleBytes, stats.ItemRowBytes);
        Assert.Equal((long)chunkRows * stats.ItemRowBytes, stats.ItemMemoryBytes);
    }

    [Fact]
    public async Task PutItems_WhileQueriesRun_EveryReplyNamesAGenerationItSaw()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options(), itemCount: 50);
        await engine.ObserveAsync([Click("a", 1, NowMs)]);
        Task puts = Task.Run(async () =>
        {
            for (int item = 50; item < 150; item++)
            {
                await engine.PutItemsAsync([Items(150)[item]]);
            }
        });
        ulong seen = 0;
        while (!puts.IsCompleted)
        {
            Recommendation list = await engine.RecommendAsync("a", new RecommendQuery { Count = 1000 });
            Assert.True(list.Generation >= seen);
            Assert.Equal(50 + (int)list.Generation - 1, list.Items.Count);
            seen = list.Generation;
        }

        await puts;
    }
}
