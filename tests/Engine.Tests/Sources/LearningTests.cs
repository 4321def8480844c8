using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Ebb.Engine.Tests.Recovery;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Sources;

public sealed class LearningTests
{
    private static readonly SourcePolicy Learned = new()
    {
        Vector = 0.1,
        Transitions = 1,
        Neighbours = 1,
        Popularity = 1,
        NeighbourWindow = 4,
    };

    [Fact]
    public async Task Open_AfterAStop_RebuildsTheTablesFromTheRecords()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path) with { Policy = ExactPolicy with { Sources = Learned } };
        BehaviourEvent[] events = Events(200);
        Recommendation before;
        await using (InterestEngine first = await OpenWithItemsAsync(options))
        {
            await first.ObserveAsync(events);
            await first.SettleSourcesAsync();
            before = await first.RecommendAsync("u1", new RecommendQuery { Count = 50 });
        }

        await using InterestEngine second = await InterestEngine.OpenAsync(options);
        await second.SettleSourcesAsync();
        AssertSame(before, await second.RecommendAsync("u1", new RecommendQuery { Count = 50 }));
    }

    [Fact]
    public async Task Open_NothingYet_EveryPartitionFeedsBeforeTheFirstEvent()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(
            Options(partitionCount: 4) with { Policy = ExactPolicy with { Sources = Learned } });

        Assert.All(engine.Core.Partitions, partition => Assert.NotNull(partition.Batch.Parts.Fold.Feed));
    }

    [Fact]
    public async Task SetPolicy_SourcesComeOn_TablesAreBuiltWhileServing()
    {
        await using InterestEngine late = await OpenWithItemsAsync(Options());
        await using InterestEngine early = await OpenWithItemsAsync(
            Options() with { Policy = ExactPolicy with { Sources = Learned } });
        BehaviourEvent[] events = Events(200);
        await early.ObserveAsync(events);
        await late.ObserveAsync(events);
        await early.SettleSourcesAsync();
        late.SetPolicy(ExactPolicy with { Sources = Learned });
        await late.SettleSourcesAsync();
        AssertSame(
            await early.RecommendAsync("u1", new RecommendQuery { Count = 50 }),
            await late.RecommendAsync("u1", new RecommendQuery { Count = 50 }));
    }

    [Fact]
    public async Task Freeze_LaterEvents_TeachNothingUntilResumed()
    {
        EngineOptions options = Options() with
        {
            Policy = ExactPolicy with { Sources = new SourcePolicy { Vector = 0, Transitions = 1 } },
        };
        await using InterestEngine engine = await OpenWithItemsAsync(options);
        await engine.ObserveAsync([Click("a", 1, NowMs - 9), Click("a", 7, NowMs - 8)]);
        await engine.FreezeSourcesAsync();
        await engine.ObserveAsync([Click("b", 1, NowMs - 7), .. Repeat("b", 9), Click("c", 1, NowMs)]);
        await engine.SettleSourcesAsync();
        Recommendation list = await engine.RecommendAsync("c", new RecommendQuery { Count = 2 });
        Assert.Equal(ItemId(7), list.Items[0].Item);
        Assert.DoesNotContain(list.Items, item => item.Item == ItemId(9));

        await engine.ResumeSourcesAsync();
        await engine.ObserveAsync([Click("d", 1, NowMs - 2), .. Repeat("d", 9)]);
        await engine.SettleSourcesAsync();
        list = await engine.RecommendAsync("c", new RecommendQuery { Count = 2 });
        Assert.Contains(list.Items, item => item.Item == ItemId(9));
    }

    [Fact]
    public async Task Observe_FarApartOrNegative_IsNoTransition()
    {
        EngineOptions options = Options() with
        {
            Policy = ExactPolicy with
            {
                Sources = new SourcePolicy { Vector = 0, Transitions = 1, TransitionGapMax = TimeSpan.FromMinutes(1) },
            },
        };
        await using InterestEngine engine = await OpenWithItemsAsync(options);
        await engine.ObserveAsync(
        [
            Click("a", 1, NowMs - 300_000), Click("a", 50, NowMs - 200_000),
            Click("b", 1, NowMs - 5), new BehaviourEvent("b", ItemId(51), EventTypes.Dislike, NowMs - 4),
            Click("b", 52, NowMs - 3), Click("c", 1, NowMs),
        ]);
        await engine.SettleSourcesAsync();
        Recommendation list = await engine.RecommendAsync("c", new RecommendQuery { Count = 3 });
        Assert.Equal([ItemId(52), ItemId(0), ItemId(1)], list.Items.Select(item => item.Item));
    }

    [Fact]
    public async Task Copy_WhileRowsArePublished_IsNeverTorn()
    {
        var row = new LinkRow();
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(() =>
        {
            var links = new SourceLink[LinkRow.PublishedCountMax];
            for (int round = 1; !stop.IsCancellationRequested; round++)
            {
                Span<SourceLink> some = links.AsSpan(0, 1 + (round % links.Length));
                some.Fill(new SourceLink((uint)some.Length, round));
                row.Publish(some);
            }
        });
        var copy = new SourceLink[LinkRow.PublishedCountMax];
        for (int read = 0; read < 200_000; read++)
        {
            int count = row.Copy(copy);
            foreach (SourceLink link in copy.AsSpan(0, count))
            {
                Assert.Equal(new SourceLink((uint)count, copy[0].Value), link);
            }
        }

        await stop.CancelAsync();
        await writer;
    }

    [Fact]
    public void Add_ManyEpochsApart_OldLinksFadeAndNothingOverflows()
    {
        const long Day = DayMs;
        var table = new LinkTable(new DecayClock(Day), null, new SlotBudget(8, 64));
        for (int day = 0; day < 400; day++)
        {
            table.Add(1, 2, 1, day * Day);
        }

        table.Add(1, 3, 1, 400 * Day);
        table.Add(1, 4, 1, 100 * Day);
        table.Publish(all: true);
        var links = new SourceLink[LinkRow.PublishedCountMax];
        int count = table.Find(1)!.Copy(links);

        // Σ 2^−age over ages 1, 2, … days is 1 of one event now; 300 half-lives ago is nothing.
        Assert.Equal(2, count);
        Assert.Equal(links[0].Value, links[1].Value, links[0].Value * 1e-5);
        Assert.Equal([2u, 3u], links[..2].Select(link => link.Item).Order());
    }

    [Fact]
    public void Add_RowIsFull_TheWeakestGivesWay()
    {
        var table = new LinkTable(new DecayClock(double.PositiveInfinity), null, new SlotBudget(8, 64));
        for (uint item = 0; item < 20; item++)
        {
            table.Add(1, item, item < 5 ? 3 : 1, 0);
        }

        table.Publish(all: true);
        var links = new SourceLink[LinkRow.PublishedCountMax];
        Assert.Equal(8, table.Find(1)!.Copy(links));
        Assert.Equal([0u, 1u, 2u, 3u, 4u], links[..5].Select(link => link.Item));
    }

    private static BehaviourEvent[] Events(int count)
    {
        var random = new Random(42);
        var events = new BehaviourEvent[count];
        for (int index = 0; index < count; index++)
        {
            events[index] = Click("u" + random.Next(10), random.Next(100), NowMs - ((count - index) * 1000L));
        }

        return events;
    }

    private static IEnumerable<BehaviourEvent> Repeat(string user, int item) =>
        Enumerable.Range(0, 5).Select(at => Click(user, item, NowMs - 6 + at));

    private static void AssertSame(Recommendation expected, Recommendation actual)
    {
        Assert.Equal(expected.Items.Select(item => item.Item), actual.Items.Select(item => item.Item));
        for (int place = 0; place < expected.Items.Count; place++)
        {
            Assert.Equal(expected.Items[place].Score, actual.Items[place].Score, 1e-4);
        }
    }
}
