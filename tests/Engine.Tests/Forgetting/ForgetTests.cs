using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;
using TemporaryFolder = Ebb.Engine.Tests.Recovery.TemporaryFolder;

namespace Ebb.Engine.Tests.Forgetting;

public sealed class ForgetTests
{
    private static readonly WriteOptions Durable = new(AckLevel.Durable);
    private static readonly RecommendQuery Top = new() { Count = 5 };

    [Fact]
    public async Task Forget_KnownUser_IsGoneFromProfileListsAndCounts()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync([Click("ann", 7, NowMs), Click("ann", 8, NowMs), Click("bob", 9, NowMs)]);
        Assert.Equal(ListDecision.New, (await engine.RecommendAsync("ann", Top)).Decision);

        ForgetReceipt receipt = await engine.ForgetAsync("ann");

        Assert.Equal(new ForgetReceipt(true, NowMs), receipt);
        InterestProfile profile = await engine.ProfileAsync("ann");
        Assert.False(profile.Known);
        Assert.True(double.IsNaN(profile.Drift));
        Recommendation list = await engine.RecommendAsync("ann", Top);
        Assert.Equal(ListDecision.Popular, list.Decision);
        Assert.Equal(ItemId(9), list.Items[0].Item);
        Assert.All(list.Items.Skip(1), item => Assert.Equal(0, item.Score));
        Assert.Equal((1L, 1L), (engine.GetStats().UserCount, engine.GetStats().UsersForgotten));
    }

    [Fact]
    public async Task Forget_ItemSharedWithOthers_DemandIsThatOfTheOthers()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options(partitionCount: 1));
        await using InterestEngine without = await OpenWithItemsAsync(Options(partitionCount: 1));
        BehaviourEvent[] others = [Click("bob", 7, NowMs - (2 * DayMs)), Click("bob", 8, NowMs - DayMs)];
        await engine.ObserveAsync(
            [Click("ann", 7, NowMs - (3 * DayMs)), .. others, Click("ann", 7, NowMs - (5 * DayMs) / 2)]);
        await without.ObserveAsync(others);

        await engine.ForgetAsync("ann");

        RecommendedItem[] left = [.. (await engine.RecommendAsync("stranger", Top)).Items];
        RecommendedItem[] expected = [.. (await without.RecommendAsync("stranger", Top)).Items];
        Assert.Equal(expected.Select(item => item.Item), left.Select(item => item.Item));
        Assert.All(left.Zip(expected), pair => Assert.Equal(pair.Second.Score, pair.First.Score, 1e-5f));
    }

    [Fact]
    public async Task Forget_Stranger_SaysSo()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());

        Assert.False((await engine.ForgetAsync("nobody")).Known);
    }

    [Fact]
    public async Task Forget_BadKey_IsRefused()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());

        var refused = await Assert.ThrowsAsync<EngineRequestException>(
            () => engine.ForgetAsync(new OpaqueId(Array.Empty<byte>())));

        Assert.Equal(EntryStatus.IdLength, refused.Status);
    }

    [Fact]
    public async Task Forget_ThenEventsOfTheSameKey_StartANewUser()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync([Click("ann", 1, NowMs, eventId: 5), Click("ann", 2, NowMs)]);
        await engine.ForgetAsync("ann");

        ObserveReply reply = await engine.ObserveAsync([Click("ann", 3, NowMs, eventId: 5)]);

        Assert.Equal(EntryStatus.Ok, Assert.Single(reply.Statuses));
        InterestProfile profile = await engine.ProfileAsync("ann");
        Assert.Equal(1UL, profile.EventCount);
        Assert.Equal(ItemId(3), Assert.Single(profile.RecentEvents).Item);
    }

    [Fact]
    public async Task Forget_WithParkedEvents_TheyNeverCome()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options(), itemCount: 10);
        await engine.ObserveAsync([Click("ann", 50, NowMs), Click("bob", 50, NowMs)]);

        Assert.True((await engine.ForgetAsync("ann")).Known);
        await engine.PutItemsAsync([Items(60)[50]]);

        Assert.False((await engine.ProfileAsync("ann")).Known);
        Assert.Equal(1UL, (await engine.ProfileAsync("bob")).EventCount);
    }

    [Fact]
    public async Task Forget_OwnRepeats_AreGone()
    {
        EngineOptions options = Options() with
        {
            Policy = ExactPolicy with { Sources = new SourcePolicy { Vector = 0, Repeats = 1 } },
        };
        await using InterestEngine engine = await OpenWithItemsAsync(options);
        await engine.ObserveAsync([Click("ann", 7, NowMs), Click("ann", 7, NowMs)]);
        Assert.Equal(ItemId(7), (await engine.RecommendAsync("ann", Top)).Items[0].Item);

        await engine.ForgetAsync("ann");
        await engine.ObserveAsync([Click("ann", 9, NowMs)]);

        Recommendation list = await engine.RecommendAsync("ann", Top);
        Assert.Equal(ItemId(9), list.Items[0].Item);
        Assert.All(list.Items.Skip(1), item => Assert.Equal(list.Items[1].Score, item.Score));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Forget_BetweenEventsAndExports_BasePlusReplayEqualsAFullReplay(bool exportAfter)
    {
        using var folder = new TemporaryFolder();
        byte[] before;
        await using (InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path)))
        {
            await engine.ObserveAsync([Click("ann", 1, NowMs), Click("bob", 1, NowMs), Click("ann", 99, NowMs)]);
            await engine.ExportAsync();
            await engine.ObserveAsync([Click("ann", 2, NowMs)]);
            await engine.ForgetAsync("ann");
            await engine.ObserveAsync([Click("ann", 3, NowMs)], Durable);
            if (exportAfter)
            {
                await engine.ExportAsync();
            }

            before = await engine.ComputeStateHashAsync();
            using TemporaryFolder crashed = folder.Copy();
            Assert.Equal(before, await HashOfAsync(Options(crashed.Path)));
        }

        Assert.Equal(before, await HashOfAsync(Options(folder.Path)));
        Assert.Equal(before, await HashOfAsync(Options(folder.Path) with { ReplayWholeLog = true }));
    }

    [Fact]
    public async Task Forget_WhileABaseIsWritten_BasePlusReplayEqualsAFullReplay()
    {
        using var folder = new TemporaryFolder();
        byte[] before;
        await using (InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path)))
        {
            for (int user = 0; user < 600; user++)
            {
                await engine.ObserveAsync([Click("user-" + user, user % 50, NowMs - user)]);
            }

            Task edits = Task.Run(async () =>
            {
                for (int user = 0; user < 600; user += 3)
                {
                    await engine.ObserveAsync([Click("user-" + user, 7, NowMs)]);
                    await engine.ForgetAsync("user-" + user);
                    if (user % 2 == 0)
                    {
                        await engine.ObserveAsync([Click("user-" + user, 8, NowMs)]);
                    }
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

    private static async Task<byte[]> HashOfAsync(EngineOptions options)
    {
        await using InterestEngine engine = await InterestEngine.OpenAsync(options);
        return await engine.ComputeStateHashAsync();
    }
}
