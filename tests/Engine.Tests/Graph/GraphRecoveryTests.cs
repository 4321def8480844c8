using Ebb.Engine.Catalogue;
using Ebb.Engine.Graph;
using Ebb.Engine.Graph.Live;
using Ebb.Engine.Tests.Catalogue;
using Xunit;
using static Ebb.Engine.Tests.Catalogue.CatalogueFixture;

namespace Ebb.Engine.Tests.Graph;

/// <summary>
/// Random items, edges and attributes over a catalogue: after a cut log, a base or a restart everything is as it was,
/// and what is shown is what one full pass over own vectors gives.
/// </summary>
public sealed class GraphRecoveryTests : IDisposable
{
    private static readonly GraphOptions Flow = new()
    {
        LayerCount = 2,
        Epsilon = 0.5,
        Shrink = 1,
        KeepLength = true,
        Weights = new Dictionary<string, double> { ["brand"] = 0.6, ["together"] = 0.9 },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("ebb-graph-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Open_LogCutAtEveryEntry_IsTheStateOfTheLastCommit(bool keepOwn, bool attributes)
    {
        var log = new ListEventLog();
        var script = new CatalogueScript(new Random(42), withGraph: true);
        CatalogueOptions options = OptionsOf(keepOwn, attributes);
        using (ItemCatalogue catalogue = Open(log, options: options))
        {
            script.Remember(catalogue);
            await script.RunAsync(catalogue, 200);
            Assert.InRange(catalogue.GraphCounts.EnrichedCount, 3, 25);
        }

        for (ulong tail = 0; tail <= log.Tail; tail++)
        {
            using ItemCatalogue recovered = Open(log.CutAfter(tail), options: options);
            Assert.Equal(script.StateAt(tail), Describe(recovered));
        }
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Open_BaseAndLogAfterIt_GoesOnAsBefore(bool keepOwn, bool attributes)
    {
        var random = new Random(42);
        var script = new CatalogueScript(random, withGraph: true);
        CatalogueOptions options = OptionsOf(keepOwn, attributes);
        var log = new ListEventLog();
        string? basePath = null;
        for (int round = 0; round < 8; round++)
        {
            using ItemCatalogue catalogue = Open(log, basePath, options);
            script.Remember(catalogue);
            await script.RunAsync(catalogue, 40);
            AssertFullPass(catalogue, options.Graph);
            basePath = Path.Combine(_folder, $"base-{round}");
            CatalogueBaseInfo info = await catalogue.WriteBaseAsync(basePath, TestContext.Current.CancellationToken);
            await script.RunAsync(catalogue, 20);
            log = log.CutAfter(log.Tail - (ulong)random.Next(3));
            script.Crash(log.Tail);

            ListEventLog trimmed = log.CutAfter(log.Tail);
            trimmed.TrimBelow(0xFFFF, info.ReplaySequence);
            using ItemCatalogue fromBase = Open(trimmed, basePath, options);
            Assert.Equal(script.StateAt(log.Tail), Describe(fromBase));
        }
    }

    [Fact]
    public async Task SettleGraph_OtherOptionsThanTheLogs_ShowsTheVectorsOfTheNew()
    {
        var log = new ListEventLog();
        var script = new CatalogueScript(new Random(42), withGraph: true);
        using (ItemCatalogue catalogue = Open(log, options: OptionsOf(keepOwn: false, attributes: false)))
        {
            await script.RunAsync(catalogue, 200);
        }

        CatalogueOptions options = OptionsOf(keepOwn: true, attributes: true);
        using ItemCatalogue second = Open(log, options: options);
        second.SettleGraph();
        AssertFullPass(second, options.Graph);
        ulong generation = second.Generation;
        second.SettleGraph();
        Assert.Equal(generation, second.Generation);
    }

    private static CatalogueOptions OptionsOf(bool keepOwn, bool attributes) => SmallPieces() with
    {
        Graph = new LiveGraphOptions { Flow = Flow with { KeepOwn = keepOwn }, Attributes = attributes },
    };

    /// <summary>A graph made afresh from own vectors, edges and attributes.</summary>
    private static void AssertFullPass(ItemCatalogue catalogue, LiveGraphOptions options)
    {
        var graph = new VectorGraph(Dimension, options.Flow);
        foreach (string[] words in catalogue.DescribeEdges().Select(line => line.Split(' ')))
        {
            graph.AddEdge(
                words[1], GraphNode.Parse(words[2]), GraphNode.Parse(words[3]),
                double.Parse(words[4], System.Globalization.CultureInfo.InvariantCulture));
        }

        using CatalogueLease lease = catalogue.Read();
        for (int row = 0; row < lease.Items.Count; row++)
        {
            if (lease.IsLive(row))
            {
                graph.Put(NodeOf(lease, row), lease.OwnVector(row));
                if (options.Attributes && lease.Brand(row) is { } brand)
                {
                    graph.AddEdge("brand", NodeOf(lease, row), new GraphNode("brand", brand));
                }
            }
        }

        graph.Propagate();
        int flown = 0;
        for (int row = 0; row < lease.Items.Count; row++)
        {
            if (lease.IsLive(row))
            {
                float[] expected = graph.Vector(NodeOf(lease, row));
                ReadOnlySpan<float> shown = lease.Vector(row);
                for (int d = 0; d < Dimension; d++)
                {
                    Assert.Equal(expected.Length == 0 ? 0 : expected[d], shown[d], 3e-6f);
                }

                flown += shown.SequenceEqual(lease.OwnVector(row)) ? 0 : 1;
            }
        }

        Assert.Equal(catalogue.GraphCounts.EnrichedCount, flown);
    }

    private static GraphNode NodeOf(CatalogueLease lease, int row) =>
        GraphNode.Item(System.Text.Encoding.ASCII.GetString(lease.Id(row)));
}
