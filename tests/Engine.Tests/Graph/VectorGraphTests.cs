using Ebb.Engine.Graph;
using Xunit;

namespace Ebb.Engine.Tests.Graph;

public sealed class VectorGraphTests
{
    private const int Dimension = 5;
    private static readonly string[] Relations = ["brand", "together"];

    private static readonly GraphOptions Options = new()
    {
        LayerCount = 3,
        Epsilon = 0.5,
        Weights = new Dictionary<string, double> { ["together"] = 0.8, ["brand"] = 0.3 },
    };

    [Fact]
    public void Propagate_RandomGraph_IsTheFormulaInDouble()
    {
        (VectorGraph graph, List<(string, int, int, double)> edges, float[][] vectors) = Random(60, 150);

        graph.Propagate();

        double[][] expected = Reference(edges, vectors, Options);
        for (int node = 0; node < vectors.Length; node++)
        {
            float[] actual = graph.Vector(NodeOf(node));
            for (int d = 0; d < Dimension; d++)
            {
                Assert.Equal(expected[node][d], actual.Length == 0 ? 0 : actual[d], 1e-5);
            }
        }
    }

    [Fact]
    public void Propagate_AfterNewEdgesAndItems_IsAsAFullPassAndTouchesLess()
    {
        (VectorGraph grown, List<(string, int, int, double)> edges, float[][] vectors) = Random(400, 500);
        int all = grown.Propagate();
        grown.Put(GraphNode.Item("new"), default);
        grown.AddEdge("brand", GraphNode.Item("new"), NodeOf(8));
        grown.Put(NodeOf(9), vectors[10]);

        int few = grown.Propagate();

        (VectorGraph whole, _, _) = Random(400, 500);
        whole.Put(GraphNode.Item("new"), default);
        whole.AddEdge("brand", GraphNode.Item("new"), NodeOf(8));
        whole.Put(NodeOf(9), vectors[10]);
        whole.Propagate();
        Assert.InRange(few, 1, all / 2);
        foreach (GraphNode node in whole.Nodes)
        {
            Assert.Equal(whole.Vector(node), grown.Vector(node));
        }

        Assert.NotEmpty(grown.Vector(GraphNode.Item("new")));
        Assert.Equal(500, edges.Count);
    }

    [Fact]
    public void Propagate_ItemWithoutHistory_HasItsNeighboursVector_AndBrandsHaveVectorsToo()
    {
        var graph = new VectorGraph(2, Options with { LayerCount = 2 });
        graph.Put(GraphNode.Item("tea"), [3, 0]);
        graph.AddEdge("brand", GraphNode.Item("tea"), new GraphNode("brand", "acme"));
        graph.AddEdge("brand", GraphNode.Item("new tea"), new GraphNode("brand", "acme"));

        graph.Propagate();

        Assert.Equal([1f, 0f], graph.Vector(GraphNode.Item("new tea")));
        Assert.Equal([1f, 0f], graph.Vector(new GraphNode("brand", "acme")));
        Assert.Empty(graph.Vector(GraphNode.Item("nobody")));
    }

    [Fact]
    public void Shrink_NewItemBetweenTwoThatDisagree_IsAsLongAsTheirMean()
    {
        var graph = new VectorGraph(2, Options with { LayerCount = 1, Shrink = 2 });
        graph.Put(GraphNode.Item("x"), [1, 0]);
        graph.Put(GraphNode.Item("y"), [0, 1]);
        graph.AddEdge("together", GraphNode.Item("new"), GraphNode.Item("x"));
        graph.AddEdge("together", GraphNode.Item("new"), GraphNode.Item("y"));

        graph.Propagate();

        // The mean (½, ½) has length √½; to the power of two that is ½.
        double[] vector = [.. graph.Vector(GraphNode.Item("new")).Select(element => (double)element)];
        Assert.Equal(0.5, Math.Sqrt(vector.Sum(x => x * x)), 1e-6);
        Assert.Equal(1, Math.Sqrt(graph.Vector(GraphNode.Item("x")).Sum(x => (double)x * x)), 1e-6);
    }

    [Fact]
    public void Centre_NewItem_HasLessOfWhatAllItemsShare_AndTheLengthAsked()
    {
        var graph = new VectorGraph(2, Options with { LayerCount = 1, Centre = 1, Length = 0.5 });
        graph.Put(GraphNode.Item("x"), [4, 0]);
        graph.Put(GraphNode.Item("y"), [0, 1]);
        graph.AddEdge("together", GraphNode.Item("new"), GraphNode.Item("x"));
        graph.AddEdge("brand", new GraphNode("brand", "acme"), GraphNode.Item("x"));
        graph.TakeCommon();

        graph.Propagate();

        // All share (1, 1)/√2; (1, 0) less its half of it is (½, −½), and of length ½ that is (√⅛, −√⅛).
        float[] vector = graph.Vector(GraphNode.Item("new"));
        Assert.Equal(Math.Sqrt(0.125), vector[0], 1e-6);
        Assert.Equal(-Math.Sqrt(0.125), vector[1], 1e-6);
        Assert.Equal([1f, 0f], graph.Vector(new GraphNode("brand", "acme")));
        Assert.Equal([1f, 0f], graph.Vector(GraphNode.Item("x")));
    }

    [Fact]
    public void AddEdge_OddInput_IsCountedAndTheRestServed()
    {
        var graph = new VectorGraph(2, Options);
        GraphNode[] ring = [.. Enumerable.Range(0, 3).Select(index => GraphNode.Item("r" + index))];
        graph.Put(ring[0], [1, 1]);
        graph.AddEdge("together", ring[0], ring[1]);
        graph.AddEdge("together", ring[1], ring[2]);
        graph.AddEdge("together", ring[2], ring[0]);

        Assert.False(graph.AddEdge("colour", ring[0], ring[1]));
        Assert.False(graph.AddEdge("together", ring[1], ring[0]));
        Assert.False(graph.AddEdge("together", ring[1], ring[1]));
        Assert.False(graph.AddEdge("brand", ring[1], ring[0], double.NaN));
        graph.AddEdge("brand", GraphNode.Item("lost"), GraphNode.Item("alone"));
        graph.Propagate();

        GraphCounts counts = graph.Count();
        Assert.Equal((5, 4, 1, 1, 2), (
            counts.NodeCount, counts.EdgeCount, counts.CycleCount, counts.RepeatedCount, counts.LoopCount));
        Assert.Equal(1, counts.UnknownRelations["colour"]);
        Assert.Equal((4, 2), (counts.ItemsWithoutVector, counts.UnreachedCount));
        Assert.All(ring, node => Assert.Equal(MathF.Sqrt(0.5f), graph.Vector(node)[0], 1e-6f));
    }

    [Fact]
    public void Options_ThatCannotBe_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => new VectorGraph(2, new GraphOptions()));
        Assert.Throws<ArgumentException>(() => new VectorGraph(2, Options with { LayerCount = 9 }));
        Assert.Throws<ArgumentException>(() => new VectorGraph(2, Options with { Epsilon = double.NaN }));
        Assert.Throws<ArgumentException>(() => new VectorGraph(2, Options with { Centre = 1.5 }));
        Assert.Throws<ArgumentException>(() => new VectorGraph(2, Options with { Length = 0 }));
        Assert.Throws<ArgumentException>(() => new VectorGraph(2, Options).Put(GraphNode.Item("x"), [1]));
        Assert.Equal(new GraphNode("brand", "a:b"), GraphNode.Parse("brand:a:b"));
        Assert.Equal(GraphNode.Item("85123A"), GraphNode.Parse("85123A"));
    }

    private static GraphNode NodeOf(int index) =>
        index % 5 == 4 ? new GraphNode("brand", "n" + index) : GraphNode.Item("n" + index);

    private static (VectorGraph Graph, List<(string, int, int, double)> Edges, float[][] Vectors) Random(
        int nodeCount, int edgeCount)
    {
        var random = new Random(42);
        var graph = new VectorGraph(Dimension, Options);
        float[][] vectors = new float[nodeCount][];
        for (int node = 0; node < nodeCount; node++)
        {
            bool hasOwn = node % 5 != 4 && node % 7 != 0;
            vectors[node] = [.. Enumerable.Range(0, Dimension).Select(_ => hasOwn ? random.NextSingle() - 0.5f : 0)];
            graph.Put(NodeOf(node), vectors[node]);
        }

        var edges = new List<(string, int, int, double)>();
        while (edges.Count < edgeCount)
        {
            (string relation, int from, int to, double weight) =
                (Relations[random.Next(2)], random.Next(nodeCount), random.Next(nodeCount), random.NextDouble() + 0.1);
            if (graph.AddEdge(relation, NodeOf(from), NodeOf(to), weight))
            {
                edges.Add((relation, from, to, weight));
            }
        }

        return (graph, edges, vectors);
    }

    private static double[][] Reference(
        List<(string Relation, int From, int To, double Weight)> edges, float[][] vectors, GraphOptions options)
    {
        double[][] h = [.. vectors.Select(vector => Unit([.. vector.Select(x => (double)x)]))];
        for (int layer = 0; layer < options.LayerCount; layer++)
        {
            double[][] next = [.. h.Select(own => own.Select(x => x * (1 + options.Epsilon)).ToArray())];
            for (int node = 0; node < h.Length; node++)
            {
                foreach ((string relation, double weight) in options.Weights)
                {
                    (int Other, double Weight)[] around =
                    [
                        .. edges.Where(e => e.Relation == relation && (e.From == node || e.To == node))
                            .Select(e => (e.From == node ? e.To : e.From, e.Weight))
                            .Where(e => h[e.Item1].Any(x => x != 0)),
                    ];
                    double total = around.Sum(e => e.Weight);
                    for (int d = 0; d < Dimension && total > 0; d++)
                    {
                        next[node][d] += weight * around.Sum(e => e.Weight * h[e.Other][d]) / total;
                    }
                }
            }

            h = [.. next.Select(Unit)];
        }

        return h;
    }

    private static double[] Unit(double[] vector)
    {
        double norm = Math.Sqrt(vector.Sum(x => x * x));
        return norm == 0 ? vector : [.. vector.Select(x => x / norm)];
    }
}
