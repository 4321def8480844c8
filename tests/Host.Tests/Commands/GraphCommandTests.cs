using Ebb.Evaluation.Npy;
using Xunit;

namespace Ebb.Host.Tests.Commands;

public sealed class GraphCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ebb-graph-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Graph_ItemWithoutVector_TakesItsBrandsAndOddLinesAreCounted()
    {
        string[] arguments = Files(
            """
            relation,from,to,weight
            brand,tea,brand:acme,1
            brand,new tea,brand:acme,1
            brand,cup,brand:other,1
            brand,new tea,brand:acme,1
            colour,tea,cup,1
            brand,tea,tea,1
            brand,lost,brand:nobody,1
            brand,tea,cup,much
            """);

        CommandOutcome outcome = await CommandRunner.RunAsync(
            [.. arguments, "--weight", "brand=1", "--kind", "item", "--kind", "brand"]);

        Assert.Equal("", outcome.Error);
        ItemVectors vectors = ItemVectors.Load(Path.Combine(_folder, "out.npy"), Path.Combine(_folder, "out.txt"));
        Assert.Equal(
            ["tea", "cup", "new tea", "brand:acme", "brand:other", "lost", "brand:nobody"], vectors.Ids);
        Assert.Equal([1f, 0f], vectors.Row(2).ToArray());
        Assert.Equal([1f, 0f], vectors.Row(3).ToArray());
        Assert.Equal([0f, 0f], vectors.Row(5).ToArray());
        Assert.Contains("1 edges are of 'colour'", outcome.Output);
        Assert.Contains("1 edges were given before.", outcome.Output);
        Assert.Contains("1 lines are no relation.", outcome.Output);
        Assert.Contains("2 nodes are reached by no vector", outcome.Output);
    }

    [Theory]
    [InlineData("brand", "brand=0.5")]
    [InlineData("brand=-1", "not 0 or more")]
    public async Task Graph_BadWeight_IsOneLine(string weight, string named)
    {
        CommandOutcome outcome = await CommandRunner.RunAsync([.. Files("relation,from,to\n"), "--weight", weight]);

        outcome.AssertOneLineFailure(named);
    }

    [Fact]
    public async Task Graph_HeaderThatIsNone_IsOneLine()
    {
        CommandOutcome outcome = await CommandRunner.RunAsync([.. Files("a,b\n"), "--weight", "brand=1"]);

        outcome.AssertOneLineFailure("relation,from,to");
    }

    private string[] Files(string relations)
    {
        string vectors = Path.Combine(_folder, "in.npy");
        NpyWriter.Write(vectors, [2f, 0f, 0f, 3f, 0f, 0f], 2);
        File.WriteAllLines(Path.Combine(_folder, "in.txt"), ["tea", "cup", "new tea"]);
        File.WriteAllText(Path.Combine(_folder, "relations.csv"), relations);
        return
        [
            "graph", "--vectors", vectors, "--ids", Path.Combine(_folder, "in.txt"), "--relations",
            Path.Combine(_folder, "relations.csv"), "--out", Path.Combine(_folder, "out.npy"),
        ];
    }
}
