using System.IO.Compression;
using System.Text.Json;
using Ebb.Engine.Interest;
using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Scoring;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

public sealed class ScoreRunnerTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly StringWriter _errors = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_OneUser_ScoresAsOfTheLastEventAndCarriesTheDecay()
    {
        WriteItems();

        JsonElement line = Assert.Single(await RunAsync(
            """{"user":"ann","events":[["x",1000],["y",1060.5]],"now":1181}""", TimeSpan.FromMinutes(1)));

        // v = 2^(−60.5/60)·x + y; x = (1,0), y = (0,1), both = (1,1).
        double older = Math.Pow(2, -60.5 / 60);
        Assert.Equal("ann", line.GetProperty("user").GetString());
        Assert.Equal(["both", "y", "x"], Ids(line));
        Assert.Equal(1 + older, Scores(line)[0], 6);
        Assert.Equal(older, Scores(line)[2], 6);
        Assert.Equal(-120.5 / 60, line.GetProperty("log2_decay").GetDouble(), 9);
    }

    [Fact]
    public async Task Run_LateEventsAndNever_CountInFull()
    {
        WriteItems();

        JsonElement line = Assert.Single(await RunAsync(
            """{"user":7,"events":[["y",5000],["x",10],["x",20]],"now":90000}""", MemorySchema.Never));

        Assert.Equal(7, line.GetProperty("user").GetInt32());
        Assert.Equal(["both", "x", "y"], Ids(line));
        Assert.Equal([3, 2, 1], Scores(line));
        Assert.Equal(0, line.GetProperty("log2_decay").GetDouble());
    }

    [Fact]
    public async Task Run_EqualScores_GoByTheIdsFile()
    {
        WriteItems();

        JsonElement line = Assert.Single(await RunAsync(
            """{"user":"u","events":[["y",5],["x",5]]}""", TimeSpan.FromDays(1)));

        Assert.Equal(["both", "x", "y"], Ids(line));
    }

    [Fact]
    public async Task Run_ScoresEqualInFloat32Only_GoByTheFloat64Sum()
    {
        float tiny = MathF.ScaleB(1, -30);
        NpyWriter.Write(_folder.File("v.npy"), [1, tiny, 1, 2 * tiny, 1, 1], columnCount: 2);
        _folder.Write("ids.txt", "less\nmore\nseen\n");

        JsonElement line = Assert.Single(await RunAsync(
            """{"user":"u","events":[["seen",5]]}""", TimeSpan.FromDays(1)));

        Assert.Equal(["seen", "more", "less"], Ids(line));
        Assert.Equal([2, 1, 1], Scores(line));
    }

    [Fact]
    public async Task Run_UnknownItems_AreSkippedAndCounted()
    {
        WriteItems();

        IReadOnlyList<JsonElement> lines = await RunAsync(
            """
            {"user":"u","events":[["gone",5],["x",6]]}
            {"user":"v","events":[["gone",5]]}
            {"user":"w","events":[]}
            """, TimeSpan.FromDays(1));

        Assert.Equal(["both", "x", "y"], Ids(lines[0]));
        Assert.Empty(Ids(lines[1]));
        Assert.Empty(Ids(lines[2]));
        Assert.Contains("2 events name items that have no vector", _errors.ToString());
    }

    [Fact]
    public async Task Run_MalformedLines_AreNamedAndTheRestGoOn()
    {
        WriteItems();
        const string input = """
            {"user":"a","events":[["x",5]]}
            {"user":"b","events":[["x",5]
            {"user":"c"}
            {"user":"d","events":[["x"]]}

            {"user":"e","events":[["x",-5]]}
            {"user":"f","events":[["x",5]],"now":"soon"}
            {"user":"g","events":[["y",5]]}
            """;

        var output = new StringWriter();
        ScoreSummary summary = await ScoreRunner.RunAsync(
            Options(TimeSpan.FromDays(1)), new StringReader(input), output, _errors);

        Assert.Equal(new ScoreSummary(2, 5, 0), summary);
        string[] errors = _errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([2, 3, 4, 6, 7], errors.Select(error => int.Parse(error.Split(' ', ':')[1])));
        Assert.Equal(2, output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Run_ZeroInterest_ListsByIndexWithScoreZero()
    {
        NpyWriter.Write(_folder.File("v.npy"), [0, 0, 1, 0], columnCount: 2);
        _folder.Write("ids.txt", "zero\nx\n");

        JsonElement line = Assert.Single(await RunAsync(
            """{"user":"u","events":[["zero",5]]}""", TimeSpan.FromDays(1)));

        Assert.Equal(["zero", "x"], Ids(line));
        Assert.Equal([0, 0], Scores(line));
    }

    [Fact]
    public async Task Run_ManyUsers_KeepInputOrder()
    {
        WriteItems();
        string input = string.Concat(Enumerable.Range(0, 300).Select(
            user => $$"""{"user":{{user}},"events":[["{{(user % 2 == 0 ? "x" : "y")}}",{{user}}]]}""" + "\n"));

        IReadOnlyList<JsonElement> lines = await RunAsync(input, TimeSpan.FromDays(1));

        Assert.Equal(Enumerable.Range(0, 300), lines.Select(line => line.GetProperty("user").GetInt32()));
        Assert.Equal(["both", "x", "y"], Ids(lines[298]));
        Assert.Equal(["both", "y", "x"], Ids(lines[299]));
    }

    [Theory]
    [InlineData("ml-100k")]
    [InlineData("online-retail")]
    [InlineData("yoochoose-100k")]
    public async Task Run_ReferenceUsers_GivesTheReferenceLists(string dataset)
    {
        string folder = SharedData.Folder(dataset);
        using var gzip = new GZipStream(
            File.OpenRead(Path.Combine(folder, "reference_top20.json.gz")), CompressionMode.Decompress);
        using JsonDocument reference = await JsonDocument.ParseAsync(gzip);
        JsonElement[] users = [.. reference.RootElement.EnumerateArray()];
        Assert.NotEmpty(users);
        foreach (var group in users.GroupBy(user => user.GetProperty("half_life_s").GetDouble()))
        {
            var options = new ScoreOptions
            {
                VectorsPath = Path.Combine(folder, "items_ppmi_svd64.npy"),
                IdsPath = Path.Combine(folder, "items_ids.txt"),
                HalfLife = TimeSpan.FromSeconds(group.Key),
            };
            var output = new StringWriter();
            string lines = string.Join('\n', group.Select(user => user.GetRawText().ReplaceLineEndings("")));
            await ScoreRunner.RunAsync(options, new StringReader(lines), output, _errors);
            foreach ((JsonElement expected, JsonElement found) in group.Zip(ParseLines(output.ToString())))
            {
                AssertSameList(expected, found);
            }
        }
    }

    private static void AssertSameList(JsonElement expected, JsonElement found)
    {
        JsonElement[] top = [.. expected.GetProperty("top20").EnumerateArray()];
        Assert.Equal(top.Select(entry => entry[0].GetString()!), Ids(found));
        double[] scores = Scores(found);
        for (int place = 0; place < top.Length; place++)
        {
            double score = top[place][1].GetDouble();
            Assert.Equal(score, scores[place], 1e-4 * Math.Abs(score));
        }

        double decay = expected.GetProperty("log2_decay").GetDouble();
        Assert.Equal(decay, found.GetProperty("log2_decay").GetDouble(), 1e-4);
    }

    private static string[] Ids(JsonElement line) =>
        [.. line.GetProperty("top").EnumerateArray().Select(entry => entry[0].GetString()!)];

    private static double[] Scores(JsonElement line) =>
        [.. line.GetProperty("top").EnumerateArray().Select(entry => entry[1].GetDouble())];

    private static List<JsonElement> ParseLines(string text) =>
    [
        .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement),
    ];

    private void WriteItems()
    {
        NpyWriter.Write(_folder.File("v.npy"), [1, 1, 1, 0, 0, 1], columnCount: 2);
        _folder.Write("ids.txt", "both\nx\ny\n");
    }

    private ScoreOptions Options(TimeSpan halfLife) => new()
    {
        VectorsPath = _folder.File("v.npy"),
        IdsPath = _folder.File("ids.txt"),
        HalfLife = halfLife,
    };

    private async Task<IReadOnlyList<JsonElement>> RunAsync(string input, TimeSpan halfLife)
    {
        var output = new StringWriter();
        await ScoreRunner.RunAsync(Options(halfLife), new StringReader(input), output, _errors);
        return ParseLines(output.ToString());
    }
}
