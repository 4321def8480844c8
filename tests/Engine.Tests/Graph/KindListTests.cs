using System.Globalization;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Graph;
using Ebb.Engine.Graph.Live;
using Ebb.Engine.Interest;
using Ebb.Engine.Merchandising;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Ebb.Engine.Tests.Recovery;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Graph;

/// <summary>Brands, categories and content beside the items of a list, against sums in double.</summary>
public sealed class KindListTests
{
    private const int ItemCount = 120;

    private static readonly BehaviourEvent[] Events =
        [Click("ann", 3, NowMs - (3 * DayMs)), Click("ann", 40, NowMs - DayMs), Click("ann", 77, NowMs - 5)];

    private static readonly LiveGraphOptions WithAttributes = new() { Attributes = true };

    private static readonly KindQuery[] Wanted =
        [new("brand", 5), new("category", 3), new("content", 50), new("nothing", 2)];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Recommend_SeveralKinds_EachIsTheExactBestOfAFullPassInDouble(bool blends)
    {
        SourcePolicy sources = blends ? new SourcePolicy { Repeats = 0.5 } : SourcePolicy.VectorAlone;
        await using InterestEngine engine = await OpenAsync(
            Options() with { Policy = ExactPolicy with { Sources = sources } });
        await engine.ObserveAsync(Events);

        Recommendation list = await engine.RecommendAsync(
            "ann", new RecommendQuery { Count = 10, NowMs = NowMs, Kinds = Wanted });

        Assert.Equal(10, list.Items.Count);
        Assert.Equal(Wanted.Select(kind => kind.Kind), list.Kinds.Select(kind => kind.Kind));
        double[] interest = Interest(blends ? NowMs : NowMs - 5);
        foreach ((KindQuery query, KindList actual) in Wanted.Zip(list.Kinds))
        {
            (OpaqueId Id, double Score)[] expected = Expected(query, interest);
            Assert.Equal(expected.Select(node => node.Id), actual.Nodes.Select(node => node.Id));
            Assert.All(expected.Zip(actual.Nodes), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 2e-5));
        }

        // Kept whole, and from an event and list at once, they are there as well.
        ActReply act = await engine.ActAsync(
            "ann", [], new RecommendQuery { Count = 10, NowMs = NowMs, Kinds = Wanted });
        Assert.Equal(
            list.Kinds.SelectMany(kind => kind.Nodes), act.Recommendation.Kinds.SelectMany(kind => kind.Nodes));
        Assert.Empty((await engine.RecommendAsync("ann", new RecommendQuery { Count = 10 })).Kinds);
    }

    [Fact]
    public async Task Recommend_AfterARestart_KindsAreAsBefore()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path);
        RecommendQuery query = new() { Count = 10, Kinds = Wanted };
        Recommendation before;
        await using (InterestEngine first = await OpenAsync(options))
        {
            await first.ObserveAsync(Events);
            before = await first.RecommendAsync("ann", query);
        }

        await using InterestEngine second = await InterestEngine.OpenAsync(options with { Graph = WithAttributes });
        Recommendation after = await second.RecommendAsync("ann", query);

        Assert.Equal(
            before.Kinds.SelectMany(kind => kind.Nodes).Select(node => node.Id),
            after.Kinds.SelectMany(kind => kind.Nodes).Select(node => node.Id));
    }

    [Fact]
    public async Task Recommend_FilterAndBans_HoldForTheKindsOwnNodes()
    {
        await using InterestEngine engine = await OpenAsync(Options());
        await engine.ObserveAsync(Events);
        await engine.PutRuleAsync(new ShopRule(RuleAction.Ban, RuleSubject.Brand, "b3")
        {
            Author = "eve",
            Reason = "recall",
        });
        await engine.PutRuleAsync(new ShopRule(RuleAction.Ban, RuleSubject.Brand, "b4")
        {
            Author = "eve",
            Reason = "kids",
            Segment = "kids",
        });
        var filter = new ItemFilter
        {
            Allow = [new(AttributeKind.Category, "c1"), new(AttributeKind.Category, "c2")],
            Deny = [new(AttributeKind.Brand, "b5")],
            Segment = "kids",
        };

        Recommendation list = await engine.RecommendAsync(
            "ann", new RecommendQuery { Filter = filter, Kinds = [new("brand", 50), new("category", 50)] });
        Recommendation all = await engine.RecommendAsync("ann", new RecommendQuery { Kinds = [new("brand", 50)] });

        Assert.Equal(["b0", "b1", "b2", "b6"], list.Kinds[0].Nodes.Select(node => node.Id.ToString()).Order());
        Assert.Equal(["c1", "c2"], list.Kinds[1].Nodes.Select(node => node.Id.ToString()).Order());
        Assert.Equal(6, all.Kinds[0].Nodes.Count);
    }

    [Fact]
    public async Task Recommend_AStranger_GetsTheKindsOfWhatIsPopular()
    {
        await using InterestEngine engine = await OpenAsync(Options());
        await engine.ObserveAsync([.. Enumerable.Range(0, 9).Select(user => Click("u" + user, 14, NowMs))]);

        Recommendation list = await engine.RecommendAsync(
            "stranger", new RecommendQuery { Count = 1, Kinds = [new("brand", 1)] });

        Assert.Equal(ItemId(14), Assert.Single(list.Items).Item);
        Assert.Equal(Expected(new KindQuery("brand", 1), Wide(Items(ItemCount)[14].Vector.Span))[0].Id,
            Assert.Single(list.Kinds[0].Nodes).Id);
    }

    [Fact]
    public async Task Recommend_KindsThatCannotBe_AreRefused()
    {
        await using InterestEngine engine = await OpenAsync(Options());
        foreach (KindQuery[] kinds in new KindQuery[][]
        {
            [new("brand", 0)], [new("brand", 1001)], [new("", 1)],
            [.. Enumerable.Repeat(new KindQuery("brand", 1), 17)],
        })
        {
            EngineRequestException refused = await Assert.ThrowsAsync<EngineRequestException>(
                () => engine.RecommendAsync("ann", new RecommendQuery { Kinds = kinds }));
            Assert.Equal(EntryStatus.TooManyEntries, refused.Status);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(33)]
    public void Score_AnyCount_IsTheSumInDoubleBitForBit(int count)
    {
        var random = new Random(42);
        float[] Vector() => [.. Enumerable.Range(0, 19).Select(_ => random.NextSingle() - 0.5f)];
        (OpaqueId Id, float[] Vector)[] nodes =
            [.. Enumerable.Range(0, count).Select(index => ((OpaqueId)$"n{index:000}", Vector()))];
        float[] query = Vector();
        var table = new KindTable(19, nodes.Reverse());
        double[] scores = new double[count];

        table.Score(query, scores);

        for (int row = 0; row < count; row++)
        {
            double sum = 0;
            for (int d = 0; d < query.Length; d++)
            {
                sum += (double)query[d] * nodes[row].Vector[d];
            }

            Assert.Equal(nodes[row].Id, table.Id(row));
            Assert.Equal(sum, scores[row]);
        }
    }

    private static async Task<InterestEngine> OpenAsync(EngineOptions options)
    {
        InterestEngine engine = await InterestEngine.OpenAsync(options with { Graph = WithAttributes });
        await engine.PutItemsAsync(
            [.. Items(ItemCount).Select((item, index) => item with { Brand = "b" + (index % 7) })]);
        await engine.PutEdgesAsync([.. Content().Select(edge => new GraphEdge(
            "content", GraphEnd.Item(ItemId(edge.Item)), new GraphEnd("content", "page" + edge.Page)))]);
        return engine;
    }

    private static IEnumerable<(int Item, int Page)> Content() =>
        Enumerable.Range(0, 60).Select(index => (index * 13 % ItemCount, index % 9));

    /// <summary>The decayed sum of the clicks as of a moment.</summary>
    private static double[] Interest(long atMs)
    {
        double[] interest = new double[Dimension];
        foreach (BehaviourEvent behaviour in Events)
        {
            double factor = Math.Pow(2, -(atMs - behaviour.TimeMs) / (double)DayMs);
            int item = int.Parse(behaviour.Item.ToString()[5..], CultureInfo.InvariantCulture);
            ReadOnlySpan<float> vector = Items(ItemCount)[item].Vector.Span;
            for (int d = 0; d < Dimension; d++)
            {
                interest[d] += factor * vector[d];
            }
        }

        return interest;
    }

    private static (OpaqueId Id, double Score)[] Expected(KindQuery query, double[] interest)
    {
        var graph = new VectorGraph(Dimension, new LiveGraphOptions().Flow);
        foreach ((ItemPut item, int index) in Items(ItemCount).Select((item, index) => (item, index)))
        {
            GraphNode node = GraphNode.Item(item.Id.ToString());
            graph.Put(node, item.Vector.Span);
            graph.AddEdge("category", node, new GraphNode("category", item.Category!));
            graph.AddEdge("brand", node, new GraphNode("brand", "b" + (index % 7)));
        }

        foreach ((int item, int page) in Content())
        {
            graph.AddEdge(
                "content", GraphNode.Item(ItemId(item).ToString()), new GraphNode("content", "page" + page));
        }

        graph.Propagate();
        return
        [
            .. graph.Nodes.Where(node => node.Kind == query.Kind)
                .Select(node => (
                    Id: (OpaqueId)node.Id, Score: Wide(graph.Vector(node)).Zip(interest, (a, b) => a * b).Sum()))
                .OrderByDescending(node => node.Score).ThenBy(node => node.Id).Take(query.Count),
        ];
    }

    private static double[] Wide(ReadOnlySpan<float> vector)
    {
        double[] wide = new double[vector.Length];
        for (int d = 0; d < wide.Length; d++)
        {
            wide[d] = vector[d];
        }

        return wide;
    }
}
