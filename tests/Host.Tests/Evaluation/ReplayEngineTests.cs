using System.Globalization;
using System.Text;
using System.Text.Json;
using Ebb.Engine.Interest;
using Ebb.Evaluation;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Replay;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

/// <summary>The engine's rows of a report against the double oracle, on random data and on the real sets.</summary>
public sealed class ReplayEngineTests : IDisposable
{
    // The README's table, in the order no decay, 1 min, 1 h, 30 d, as Recall@20, NDCG@10, MRR@20.
    private const double TableTolerance = 0.003;

    private static readonly TimeSpan[] HalfLives =
        [MemorySchema.Never, TimeSpan.FromMinutes(1), TimeSpan.FromHours(1), TimeSpan.FromDays(30)];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(7, false)]
    [InlineData(7, true)]
    public async Task Run_RandomData_EqualsTheOracle(int historyEventMax, bool excludeHistory)
    {
        WriteRandomData();
        var options = new ReplayOptions
        {
            Dataset = DatasetKind.PlainCsv,
            DataPath = _folder.File("events.csv"),
            Split = SplitRule.LastActs(4),
            HalfLives = [MemorySchema.Never, TimeSpan.FromSeconds(20)],
            HistoryEventMax = historyEventMax,
            ExcludeHistory = excludeHistory,
        };

        ReplayReport report = await ReplayRunner.RunAsync(options);

        BehaviourLog log = DatasetReader.Read(options.Dataset, options.DataPath);
        ItemVectors vectors = ItemVectors.Load(_folder.File("v.npy"), _folder.File("items_ids.txt"));
        EvaluationSplit split = EvaluationSplit.Build(log, options.Split, historyEventMax, vectors);
        var runner = new RankerRunner(split, excludeHistory);
        for (int index = 0; index < options.HalfLives.Count; index++)
        {
            MethodResult expected = runner.Run(
                "oracle", false, new OracleRanker(split, vectors, options.HalfLives[index]));
            MethodResult found = report.Methods[3 + index];
            Assert.Equal(expected.Recall20, found.Recall20);
            Assert.Equal(expected.Ndcg10, found.Ndcg10);
            Assert.Equal(expected.Mrr20, found.Mrr20);
        }
    }

    [Fact]
    public async Task Run_ItemsWithoutVectorAndBadRows_AreToldInTheReport()
    {
        WriteRandomData("u0,unknown,view,3\nu0,i1,view,never\n");

        ReplayReport report = await ReplayRunner.RunAsync(new ReplayOptions
        {
            Dataset = DatasetKind.PlainCsv,
            DataPath = _folder.File("events.csv"),
        });

        Assert.Equal((1, 1), (report.ItemsWithoutVector, report.BadRowCount));
        Assert.Equal(2, report.Notes.Count);
        Assert.Equal(4, report.TableRows().Count);
        Assert.All(report.TableRows(), row => Assert.Equal(ReplayReport.TableHeader.Count, row.Count));
        using JsonDocument json = JsonDocument.Parse(report.ToJson());
        Assert.Equal(report.QueryCount, json.RootElement.GetProperty("query_count").GetInt32());
        Assert.Equal(4, json.RootElement.GetProperty("methods").GetArrayLength());
    }

    [Fact]
    public async Task Run_NoVectors_HasBaselinesAndSaysWhy()
    {
        string path = _folder.Write("events.csv", "u,a,view,1\nu,b,view,2\n");

        ReplayReport report = await ReplayRunner.RunAsync(
            new ReplayOptions { Dataset = DatasetKind.PlainCsv, DataPath = path });

        Assert.All(report.Methods, method => Assert.True(method.Baseline));
        Assert.Contains("baselines alone", Assert.Single(report.Notes));
    }

    [Fact]
    public async Task Run_SplitWithoutQueries_IsRefused()
    {
        string path = _folder.Write("events.csv", "u,a,view,1\nv,b,view,2\n");

        var error = await Assert.ThrowsAsync<DataFileException>(
            () => ReplayRunner.RunAsync(new ReplayOptions { Dataset = DatasetKind.PlainCsv, DataPath = path }));
        Assert.Contains("leaves no query", error.Message);
    }

    [Fact]
    public Task Run_MovieLens_ReproducesTheTable() => AssertTableAsync(
        DatasetKind.MovieLens, "ml-100k",
        [
            (.119, .039, .030), (.132, .044, .035), (.216, .077, .061),
            (.188, .055, .044), (.295, .098, .078), (.220, .064, .051), (.196, .056, .044),
        ]);

    [Fact]
    public Task Run_OnlineRetail_ReproducesTheTable() => AssertTableAsync(
        DatasetKind.OnlineRetail, "online-retail",
        [
            (.067, .065, .160), (.116, .107, .245), (.087, .080, .175),
            (.163, .148, .278), (.157, .149, .273), (.158, .150, .273), (.172, .160, .288),
        ]);

    [Fact]
    public Task Run_Yoochoose_ReproducesTheTable() => AssertTableAsync(
        DatasetKind.Yoochoose, "yoochoose-100k",
        [
            (.089, .037, .026), (.174, .049, .038), (.591, .391, .344),
            (.551, .317, .278), (.589, .354, .315), (.553, .318, .279), (.551, .317, .278),
        ]);

    private static async Task AssertTableAsync(
        DatasetKind kind, string folder, (double Recall, double Ndcg, double Mrr)[] table)
    {
        ReplayReport report = await ReplayRunner.RunAsync(
            new ReplayOptions { Dataset = kind, DataPath = SharedData.Folder(folder), HalfLives = HalfLives });

        Assert.Equal(table.Length, report.Methods.Count);
        for (int row = 0; row < table.Length; row++)
        {
            Assert.Equal(table[row].Recall, report.Methods[row].Recall20.Mean, TableTolerance);
            Assert.Equal(table[row].Ndcg, report.Methods[row].Ndcg10.Mean, TableTolerance);
            Assert.Equal(table[row].Mrr, report.Methods[row].Mrr20.Mean, TableTolerance);
        }
    }

    private void WriteRandomData(string more = "")
    {
        const int userCount = 30;
        const int itemCount = 60;
        const int dimension = 8;
        var random = new Random(42);
        float[] values =
            [.. Enumerable.Range(0, itemCount * dimension).Select(_ => (float)(random.NextDouble() - 0.4))];
        NpyWriter.Write(_folder.File("v.npy"), values, dimension);
        _folder.Write("items_ids.txt", string.Concat(Enumerable.Range(0, itemCount).Select(item => $"i{item}\n")));
        var events = new StringBuilder("user,item,type,time\n");
        for (int index = 0; index < 600; index++)
        {
            events.Append(
                CultureInfo.InvariantCulture,
                $"u{random.Next(userCount)},i{random.Next(itemCount)},view,{1_600_000_000 + random.Next(500)}\n");
        }

        _folder.Write("events.csv", events.Append(more).ToString());
    }
}
