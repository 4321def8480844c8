using Ebb.Engine.Catalogue;
using Ebb.Engine.Graph;
using Ebb.Engine.Graph.Live;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Ebb.Engine.Similar;
using Ebb.Engine.Sources;
using Ebb.Engine.Tests.Forgetting;
using Ebb.Engine.Tests.Recovery;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Graph;

public sealed class LiveGraphTests
{
    [Fact]
    public async Task PutItem_WithoutAVector_HasItsNeighboursAtOnce_AndLeavesItWithTheEdge()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options(), 20);
        await engine.ObserveAsync([Click("ann", 3, NowMs)]);
        GraphReply edges = await engine.PutEdgesAsync([Brand("new", "acme"), Brand("item-3", "acme")]);
        Assert.Equal(1, edges.Counts.DanglingCount);

        ItemChangeReply put = await engine.PutItemsAsync([new ItemPut("new", default)]);

        // Its only way leads over the brand to item-3.
        Assert.Equal(edges.Generation + 1, put.Generation);
        Assert.Equal(Vector(engine, "item-3"), Vector(engine, "new"), Near);
        Recommendation list = await engine.RecommendAsync("ann", new RecommendQuery { Count = 2 });
        Assert.Equal(["item-3", "new"], list.Items.Select(item => item.Item.ToString()).Order());
        Assert.Equal((0, 1), (engine.GraphCounts.DanglingCount, engine.GraphCounts.EnrichedCount));

        GraphReply gone = await engine.PutEdgesAsync([Brand("new", "acme") with { Weight = 0 }]);
        Assert.Equal([EntryStatus.Ok], gone.Statuses);
        Assert.Equal(1, gone.ItemsChanged);
        Assert.Equal(new float[Dimension], Vector(engine, "new"));
        Assert.Equal(0, gone.Counts.EnrichedCount);
    }

    [Fact]
    public async Task PutItem_WithAVectorAfterAll_KeepsItAndPassesItOn()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options(), 20);
        await engine.PutItemsAsync([new ItemPut("new", default), new ItemPut("newer", default)]);
        await engine.PutEdgesAsync([Brand("new", "acme"), Brand("item-3", "acme"), Brand("newer", "own")]);
        await engine.PutEdgesAsync([Brand("new", "own")]);

        await engine.PutItemsAsync([new ItemPut("new", Vector(engine, "item-7"))]);

        Assert.Equal(Vector(engine, "item-7"), Vector(engine, "new"));
        Assert.Equal(Vector(engine, "item-7"), Vector(engine, "newer"), Near);
        await engine.RemoveItemsAsync(["new"]);
        Assert.Equal(new float[Dimension], Vector(engine, "newer"));
    }

    [Fact]
    public async Task PutEdges_OddOnes_AreToldCountedAndTheRestServed()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options(), 20);
        var item = GraphEnd.Item("item-1");
        GraphReply reply = await engine.PutEdgesAsync([
            Brand("item-1", "acme"), Brand("item-1", "acme"), Brand("item-2", "acme"),
            new GraphEdge("together", item, GraphEnd.Item("item-2")),
            new GraphEdge("colour", item, new GraphEnd("colour", "red")),
            new GraphEdge("together", item, item),
            new GraphEdge("together", item, GraphEnd.Item("lost")),
            new GraphEdge("together", item, GraphEnd.Item(new OpaqueId(new byte[65]))),
            new GraphEdge("together", item, GraphEnd.Item("item-3"), float.NaN),
            new GraphEdge("", item, GraphEnd.Item("item-3")),
            new GraphEdge(new string('r', 33), item, GraphEnd.Item("item-3")),
        ]);

        Assert.Equal(
            [
                EntryStatus.Ok, EntryStatus.Duplicate, EntryStatus.Ok, EntryStatus.Ok, EntryStatus.Ok,
                EntryStatus.Malformed, EntryStatus.Ok, EntryStatus.IdLength, EntryStatus.NotFinite,
                EntryStatus.Malformed, EntryStatus.AttributeTooLong,
            ],
            reply.Statuses);
        GraphCounts counts = reply.Counts;
        Assert.Equal((4, 1, 1, 1, 1), (
            counts.EdgeCount, counts.CycleCount, counts.RepeatedCount, counts.LoopCount, counts.DanglingCount));
        Assert.Equal(1, counts.UnknownRelations["colour"]);
        Assert.Equal(engine.GetStats().GraphEdges, counts.EdgeCount);
        Assert.Equal(1, engine.GetStats().GraphUnknownEdges);
    }

    [Fact]
    public async Task PutEdges_OverTheLimit_IsRefusedForThoseAlone()
    {
        EngineOptions options = Options() with { Graph = new LiveGraphOptions { EdgeCountMax = 1 } };
        await using InterestEngine engine = await OpenWithItemsAsync(options, 5);
        GraphReply reply = await engine.PutEdgesAsync([Brand("item-1", "a"), Brand("item-2", "a")]);
        Assert.Equal([EntryStatus.Ok, EntryStatus.OutOfMemory], reply.Statuses);
        Assert.Equal(1, reply.Counts.EdgeCount);
    }

    [Fact]
    public async Task Attributes_AreEdges_AndFollowTheItem()
    {
        EngineOptions options = Options() with { Graph = new LiveGraphOptions { Attributes = true } };
        await using InterestEngine engine = await InterestEngine.OpenAsync(options);
        await engine.PutItemsAsync([.. Items(20).Select((item, index) => item with
        {
            Category = null,
            Brand = "b" + (index % 2),
        })]);
        await engine.PutItemsAsync([new ItemPut("new", default) { Brand = "b0" }]);
        float[] even = Vector(engine, "new");

        await engine.PutItemsAsync([new ItemPut("new", default) { Brand = "b1" }]);

        Assert.Equal(Direction(Mean(0)), Direction(even), Near);
        Assert.Equal(Direction(Mean(1)), Direction(Vector(engine, "new")), Near);
        Assert.Equal(21, engine.GraphCounts.EdgeCount);
        await engine.RemoveItemsAsync(["new"]);
        Assert.Equal(20, engine.GraphCounts.EdgeCount);
    }

    [Fact]
    public async Task LearnEdges_WhatIsDoneTogether_GivesAnUnseenItemItsNeighbours()
    {
        ServingPolicy learning = ExactPolicy with { Sources = new SourcePolicy { Neighbours = 1 } };
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Policy = learning }, 20);
        await engine.PutItemsAsync([new ItemPut("item-20", default)]);
        for (int user = 0; user < 6; user++)
        {
            await engine.ObserveAsync([Click("u" + user, 4, NowMs - 9), Click("u" + user, 20, NowMs)]);
        }

        await engine.SettleSourcesAsync();
        GraphReply learned = await engine.LearnEdgesAsync();
        GraphReply again = await engine.LearnEdgesAsync();

        Assert.True(learned.IsLearning);
        Assert.Equal((1, 1, 1), (learned.Counts.LearnedEdgeCount, learned.ItemsChanged, learned.Statuses.Count));
        Assert.Equal(Vector(engine, "item-4"), Vector(engine, "item-20"), Near);
        Assert.Empty(again.Statuses);
        Assert.Equal(learned.Generation, again.Generation);

        // Given as well, the edge stays when the population forgets it; alone it goes.
        await engine.PutEdgesAsync([new GraphEdge("together", GraphEnd.Item("item-4"), GraphEnd.Item("item-20"), 2)]);
        GraphReply forgotten = engine.Core.Catalogue.LearnEdges(new Dictionary<(int, int), float>());
        Assert.Equal((0, 1), (forgotten.Counts.LearnedEdgeCount, forgotten.Counts.EdgeCount));

        await using InterestEngine alone = await OpenWithItemsAsync(Options(), 5);
        Assert.False((await alone.LearnEdgesAsync()).IsLearning);
    }

    [Fact]
    public async Task LearnEvery_TheClockRings_EdgesAreLearnedWithoutBeingAsked()
    {
        var clock = new TimerClock(NowMs);
        ServingPolicy learning = ExactPolicy with { Sources = new SourcePolicy { Neighbours = 1 } };
        EngineOptions options = Options() with
        {
            Policy = learning,
            Clock = clock,
            Graph = new LiveGraphOptions { LearnEvery = TimeSpan.FromMinutes(1) },
        };
        await using InterestEngine engine = await OpenWithItemsAsync(options, 20);
        for (int user = 0; user < 6; user++)
        {
            await engine.ObserveAsync([Click("u" + user, 4, NowMs - 9), Click("u" + user, 5, NowMs)]);
        }

        await engine.SettleSourcesAsync();
        clock.Advance(TimeSpan.FromMinutes(1));
        clock.Fire();

        Assert.True(SpinWait.SpinUntil(
            () => engine.GraphCounts.LearnedEdgeCount == 1, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Centre_OfAServingGraph_IsTakenOnceAndShownByNewItems()
    {
        LiveGraphOptions graph = new() { Flow = new LiveGraphOptions().Flow with { Centre = 1, Length = 0.5 } };
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Graph = graph }, 120);
        await engine.PutItemsAsync([new ItemPut("new", default)]);

        await engine.PutEdgesAsync([Brand("new", "acme"), Brand("item-3", "acme")]);

        double[] common = new double[Dimension];
        foreach (ItemPut item in Items(120))
        {
            float[] unit = Direction(item.Vector.ToArray());
            for (int d = 0; d < Dimension; d++)
            {
                common[d] += unit[d];
            }
        }

        float[] shared = Direction(common);
        float[] own = Direction(Vector(engine, "item-3"));
        double along = own.Zip(shared, (left, right) => (double)left * right).Sum();
        float[] expected = Direction([.. own.Zip(shared, (left, right) => left - (along * right))]);
        Assert.Equal(expected, Direction(Vector(engine, "new")), Near);
        Assert.Equal(
            0.5, Vector(engine, "new").Sum(x => (double)x * x) / Vector(engine, "item-3").Sum(x => (double)x * x) * 2,
            1e-5);
    }

    [Fact]
    public async Task Open_Again_ItemsAndUsersAreAsBefore_AlsoFromTheWholeLog()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path);
        byte[] hash;
        float[] vector;
        await using (InterestEngine first = await OpenWithItemsAsync(options, 20))
        {
            await first.PutItemsAsync([new ItemPut("item-20", default)]);
            await first.PutEdgesAsync([Brand("item-20", "a"), Brand("item-3", "a")]);
            await first.ObserveAsync([Click("ann", 20, NowMs - 2)], new WriteOptions(AckLevel.Durable));
            await first.ExportAsync(TestContext.Current.CancellationToken);

            // The item's vector moves: what ann did before is of the older one.
            await first.PutEdgesAsync([Brand("item-9", "a")]);
            await first.ObserveAsync([Click("ann", 20, NowMs)], new WriteOptions(AckLevel.Durable));
            hash = await first.ComputeStateHashAsync();
            vector = Vector(first, "item-20");
        }

        foreach (bool wholeLog in new[] { false, true })
        {
            await using InterestEngine second =
                await InterestEngine.OpenAsync(options with { ReplayWholeLog = wholeLog });
            Assert.Equal(hash, await second.ComputeStateHashAsync());
            Assert.Equal(vector, Vector(second, "item-20"));
            Assert.Equal((3, 1), (second.GraphCounts.EdgeCount, second.GraphCounts.EnrichedCount));
            SimilarList similar = await second.SimilarAsync(new SimilarQuery(["item-20"]) { Count = 2 });
            Assert.Equal(["item-3", "item-9"], similar.Items.Select(item => item.Item.ToString()).Order());
        }
    }

    private static GraphEdge Brand(string item, string brand) =>
        new("brand", GraphEnd.Item(item), new GraphEnd("brand", brand));

    private static float[] Vector(InterestEngine engine, string item)
    {
        using CatalogueLease lease = engine.Core.Catalogue.Read();
        Assert.True(lease.TryFind(new OpaqueId(item).Span, out int row));
        return lease.Vector(row).ToArray();
    }

    private static bool Near(float left, float right) => Math.Abs(left - right) < 2e-6f;

    private static double[] Mean(int remainder)
    {
        double[] sum = new double[Dimension];
        foreach (ItemPut item in Items(20).Where((_, index) => index % 2 == remainder))
        {
            float[] unit = Direction([.. item.Vector.Span.ToArray().Select(x => (double)x)]);
            for (int d = 0; d < Dimension; d++)
            {
                sum[d] += unit[d];
            }
        }

        return sum;
    }

    private static float[] Direction(float[] vector) => Direction(Array.ConvertAll(vector, x => (double)x));

    private static float[] Direction(double[] vector)
    {
        double norm = Math.Sqrt(vector.Sum(x => x * x));
        return Array.ConvertAll(vector, x => (float)(x / norm));
    }
}
