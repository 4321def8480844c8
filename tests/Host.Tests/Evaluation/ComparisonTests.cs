using System.Globalization;
using System.Text;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Ebb.Evaluation;
using Ebb.Evaluation.Compare;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Fit;
using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Replay;
using Ebb.Evaluation.Studies;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

public sealed class ComparisonTests : IDisposable
{
    private const int ItemCount = 50;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void PairedDifference_OneQueryAUser_IsTheUsualPairedError()
    {
        double[] values = [1, 0, 1, 1, 0];
        double[] baseline = [0, 0, 1, 0, 1];
        MetricEstimate found = PairedDifference.Of(values, baseline, [0, 1, 2, 3, 4]);
        MetricEstimate expected = RankingMeasures.Estimate([1, 0, 0, 1, -1]);
        Assert.Equal(expected.Mean, found.Mean, 1e-12);
        Assert.Equal(expected.StandardError, found.StandardError, 1e-12);
    }

    [Fact]
    public void PairedDifference_CopiesOfAQuery_AreNoNewEvidence()
    {
        double[] values = [1, 0, 1, 0];
        double[] baseline = [0, 0, 1, 1];
        MetricEstimate once = PairedDifference.Of(values, baseline, [0, 1, 2, 3]);
        MetricEstimate thrice = PairedDifference.Of(
            [.. values, .. values, .. values], [.. baseline, .. baseline, .. baseline],
            [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]);
        Assert.Equal(once.Mean, thrice.Mean, 1e-12);
        Assert.Equal(once.StandardError, thrice.StandardError, 1e-12);
    }

    [Fact]
    public async Task Run_BetterAndEqualPolicy_DifferencesAreThoseOfTheLists()
    {
        WriteWalks();
        var vector = new ServedModel(MemorySchema.Never, SourcePolicy.VectorAlone) { Name = "vector" };
        var next = new ServedModel(MemorySchema.Never, new SourcePolicy { Vector = 0, Transitions = 1 });
        ComparisonReport report =
            await ComparisonRunner.RunAsync(Options(), [vector, next, vector with { Name = "same" }]);
        Assert.Equal(4, report.Segments.Count);
        ComparedSegment all = report.Segments[0];
        Assert.Equal(
            all.Policies[1].Recall20.Mean - all.Policies[0].Recall20.Mean, all.Policies[1].Difference.Mean, 1e-12);
        Assert.True(all.Policies[1].Difference.Mean > 5 * all.Policies[1].Difference.StandardError);
        Assert.Equal(new MetricEstimate(0, 0), all.Policies[2].Difference);
        Assert.True(report.Segments[1].QueryCount < all.QueryCount);
        Assert.Equal(report.Segments.Count * 3, report.TableRows().Count);
        Assert.Contains("\"standard_error\"", report.ToJson());
    }

    [Fact]
    public async Task KeepCurve_WiderEpsilon_SavesMoreScans()
    {
        WriteWalks();
        StudyReport report = await StudyRunner.RunAsync(
            "keep", new StudyOptions(Options(), Blend(), false), null, TestContext.Current.CancellationToken);
        double[] saved = [.. report.Rows.Select(
            row => double.Parse(row[1].TrimEnd(' ', '%'), CultureInfo.InvariantCulture))];
        Assert.Equal(0, saved[0]);
        Assert.Equal(saved.Order(), saved);
        Assert.True(saved[^1] > 50);
    }

    [Fact]
    public async Task Diversity_LowerLambda_ListsAreMoreDiverse()
    {
        WriteWalks();
        ServedModel model = Blend() with { Lists = new ServingPolicy { ShiftFrom = 0, KeepBelow = 0 } };
        StudyReport report = await StudyRunner.RunAsync(
            "diversity", new StudyOptions(Options(), model, false), null, TestContext.Current.CancellationToken);
        double Diversity(int row) => double.Parse(report.Rows[row][2], CultureInfo.InvariantCulture);
        Assert.True(Diversity(report.Rows.Count - 1) > Diversity(0) + 0.02);
    }

    [Theory]
    [InlineData("calibration", 20)]
    [InlineData("burst", 2)]
    [InlineData("rates", 2)]
    [InlineData("attention", 2)]
    public async Task Study_AnyOther_HasItsRowsAndSaysWhatItSaw(string study, int rowCount)
    {
        WriteWalks();
        StudyReport report = await StudyRunner.RunAsync(
            study, new StudyOptions(Options(), Blend(), true), null, TestContext.Current.CancellationToken);
        Assert.Equal(rowCount, report.Rows.Count);
        Assert.All(report.Rows, row => Assert.Equal(report.Header.Count, row.Count));
        Assert.NotEmpty(report.Notes);
        Assert.Contains(report.Title, report.ToJson());
    }

    [Fact]
    public void Vectors_SameSeed_SameFilesThatReplayReads()
    {
        WriteWalks();
        byte[][] made = [.. Enumerable.Range(0, 2).Select(round =>
        {
            var options = new VectorsOptions(
                Options(), _folder.File($"made{round}.npy"), _folder.File($"made{round}.txt")) { Dimension = 8 };
            VectorsReport report = VectorsRunner.Run(options);
            Assert.Equal(ItemCount, report.ItemCount);
            Assert.Equal(ItemCount, ItemVectors.Load(options.VectorsPath, options.IdsPath).Count);
            return File.ReadAllBytes(options.VectorsPath);
        })];
        Assert.Equal(made[0], made[1]);
    }

    [Fact]
    public void Vectors_TwoWorlds_StandApart()
    {
        var events = new StringBuilder("user,item,type,time\n");
        var random = new Random(42);
        for (int row = 0; row < 2000; row++)
        {
            int user = row / 20;
            events.Append(CultureInfo.InvariantCulture, $"u{user},i{(random.Next(20) * 2) + (user % 2)},view,{row}\n");
        }

        _folder.Write("events.csv", events.ToString());
        VectorsRunner.Run(
            new VectorsOptions(Options(), _folder.File("m.npy"), _folder.File("m.txt")) { Dimension = 2 });
        var vectors = ItemVectors.Load(_folder.File("m.npy"), _folder.File("m.txt"));
        for (int one = 0; one < vectors.Count; one++)
        {
            for (int other = 0; other < vectors.Count; other++)
            {
                bool sameWorld = World(vectors.Ids[one]) == World(vectors.Ids[other]);
                double cosine = vectors.Row(one).ToArray().Zip(vectors.Row(other).ToArray(), (a, b) => a * b).Sum();
                Assert.Equal(sameWorld ? 1 : 0, cosine, 0.35);
            }
        }

        static int World(string id) => int.Parse(id[1..], CultureInfo.InvariantCulture) % 2;
    }

    private static ServedModel Blend() =>
        new(TimeSpan.FromMinutes(1), new SourcePolicy { Vector = 1, Transitions = 0.5, Popularity = 0.1 });

    private EvaluationOptions Options() => new()
    {
        Dataset = DatasetKind.PlainCsv,
        DataPath = _folder.File("events.csv"),
        Split = SplitRule.LastActs(6),
    };

    /// <summary>30 users of 8 to 20 rows, each walking from item to item+7.</summary>
    private void WriteWalks()
    {
        const int dimension = 8;
        var random = new Random(42);
        float[] values =
            [.. Enumerable.Range(0, ItemCount * dimension).Select(_ => (float)(random.NextDouble() - 0.5))];
        NpyWriter.Write(_folder.File("v.npy"), values, dimension);
        _folder.Write("items_ids.txt", string.Concat(Enumerable.Range(0, ItemCount).Select(item => $"i{item}\n")));
        var events = new StringBuilder("user,item,type,time\n");
        for (int user = 0; user < 30; user++)
        {
            int item = random.Next(ItemCount);
            for (int row = 0; row < 8 + (user % 13); row++)
            {
                long time = 1_600_000_000 + (user * 1000) + (row * 10);
                events.Append(CultureInfo.InvariantCulture, $"u{user},i{item},view,{time}\n");
                item = (item + 7) % ItemCount;
            }
        }

        _folder.Write("events.csv", events.ToString());
    }
}
