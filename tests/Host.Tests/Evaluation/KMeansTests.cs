using Ebb.Evaluation.Segments;
using Ebb.Host.Tests.Commands;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

/// <summary>Clusters against their definition, and <c>ebb segments</c> on a log with planted tastes.</summary>
public sealed class KMeansTests
{
    private const long T = 1_700_000_000_000;

    [Fact]
    public void Cluster_PlantedGroups_AreFoundWhateverTheSeed()
    {
        var random = new Random(42);
        double[][] rows = [.. Enumerable.Range(0, 300).Select(row =>
            new double[] { (row % 3 * 10) + random.NextDouble(), (row % 3 == 1 ? 20 : 0) + random.NextDouble() })];
        foreach (int seed in Enumerable.Range(0, 10))
        {
            int[] clusters = KMeans.Cluster(rows, 3, seed).Clusters;

            Assert.All(Enumerable.Range(3, 297), row => Assert.Equal(clusters[row % 3], clusters[row]));
            Assert.Equal(3, clusters.Distinct().Count());
        }
    }

    [Fact]
    public void Cluster_RandomRows_IsAFixedPointOfTheDefinition()
    {
        var random = new Random(42);
        double[][] rows = [.. Enumerable.Range(0, 200).Select(_ => new[] { random.NextDouble(), random.NextDouble() })];

        KMeansResult found = KMeans.Cluster(rows, 7, 42);
        KMeansResult again = KMeans.Cluster(rows, 7, 42);

        double inertia = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            double[] distances = [.. found.Centres.Select(centre =>
                Math.Pow(rows[row][0] - centre[0], 2) + Math.Pow(rows[row][1] - centre[1], 2))];
            Assert.Equal(distances.Min(), distances[found.Clusters[row]], 1e-12);
            inertia += distances.Min();
        }

        for (int cluster = 0; cluster < 7; cluster++)
        {
            double[][] own = [.. rows.Where((_, row) => found.Clusters[row] == cluster)];
            Assert.Equal(own.Average(row => row[0]), found.Centres[cluster][0], 1e-12);
            Assert.Equal(own.Average(row => row[1]), found.Centres[cluster][1], 1e-12);
        }

        Assert.Equal(inertia, found.Inertia, 1e-9);
        Assert.Equal(found.Clusters, again.Clusters);
        Assert.True(found.Inertia < 0.3 * KMeans.Cluster(rows, 1, 42).Inertia);
    }

    [Fact]
    public void Cluster_FewerDifferentRowsThanClusters_FindsAsManyAsThereAre()
    {
        double[][] rows = [.. Enumerable.Range(0, 20).Select(row => new double[] { row % 2 })];

        Assert.Equal(2, KMeans.Cluster(rows, 5, 1).Centres.Length);
        Assert.Equal(0, KMeans.Cluster(rows, 2, 1).Inertia);
        Assert.Empty(KMeans.Cluster([], 3, 1).Clusters);
    }

    [Fact]
    public async Task Segments_LogOfTwoTastes_AreNamedByWhatTheyLike()
    {
        using var folder = new TempFolder();
        string log = Path.Combine(folder.Path, "events.csv");
        string attributes = Path.Combine(folder.Path, "attributes.csv");
        string segments = Path.Combine(folder.Path, "segments.csv");
        await File.WriteAllLinesAsync(log, Enumerable.Range(0, 400).Select(at =>
            $"u{at % 20},{(at % 20 < 12 ? "a" : at / 20 % 2 == 0 ? "b" : "c")},click,{T + (at * 60_000L)}"));
        await File.WriteAllTextAsync(attributes, "id,category\na,tea\nb,coffee\nc,\"mugs, cups\"\n");

        CommandOutcome outcome = await CommandRunner.RunAsync(
        [
            "segments", "--dataset", "csv", "--data", log, "--attributes", attributes, "--count", "2", "--out",
            segments,
        ]);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        string[] lines = await File.ReadAllLinesAsync(segments);
        Assert.Equal("user,segment", lines[0]);
        Assert.Equal(Enumerable.Range(0, 12).Select(user => $"u{user},tea"), lines[1..13]);
        Assert.All(
            lines[13..],
            line => Assert.Matches("^u1[2-9],\"(coffee \\+ mugs, cups|mugs, cups \\+ coffee)\"$", line));
        Assert.Contains("in 2 segments, which explain 1.00 of their spread", outcome.Output);
    }
}
