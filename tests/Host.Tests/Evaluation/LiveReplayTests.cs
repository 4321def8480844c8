using System.Globalization;
using System.Text;
using Ebb.Engine.Sources;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Replay;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

/// <summary>Sources that go on learning while the test part passes, and never know what is not past.</summary>
public sealed class LiveReplayTests : IDisposable
{
    private const int ItemCount = 60;
    private const long StartSeconds = 1_600_000_000;
    private const long TestSeconds = StartSeconds + 40_000;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_WorldChangesInTheTestPart_LearningFollowsAndFrozenDoesNot()
    {
        WriteChangingWalks();
        double frozen = await RecallAsync(null);
        double learning = await RecallAsync(TimeSpan.FromMinutes(10));
        Assert.InRange(frozen, 0, 0.6);
        Assert.InRange(learning, 0.9, 1);
    }

    [Fact]
    public async Task Run_OneStepOverAll_KnowsNoMoreThanFrozen()
    {
        WriteChangingWalks();
        Assert.Equal(await RecallAsync(null), await RecallAsync(TimeSpan.FromDays(1000)));
    }

    [Fact]
    public void Steps_AllQueries_ComeOnceInTimeAndRowsAreOlder()
    {
        WriteChangingWalks();
        EvaluationSplit split = EvaluationSplit.Build(
            DatasetReader.Read(DatasetKind.PlainCsv, _folder.File("events.csv")),
            SplitRule.FromTime(TestSeconds * 1000), 300, null);
        var past = new PastQueries(split, TimeSpan.FromMinutes(7));
        var asked = new List<int>();
        int told = 0;
        foreach (int[] step in past.Steps(split.Queries))
        {
            long firstMs = split.Queries[step[0]].TimeMs;
            foreach (int row in past.RowsBefore(firstMs))
            {
                Assert.True(split.Rows[row].TimeMs < firstMs);
                Assert.False(split.Training[row]);
                told++;
            }

            Assert.All(step, index => Assert.InRange(split.Queries[index].TimeMs - firstMs, 0, 7 * 60_000 - 1));
            asked.AddRange(step);
        }

        Assert.Equal(Enumerable.Range(0, split.Queries.Length), asked.Order());
        Assert.InRange(told, 1, split.Training.Count(training => !training));
    }

    private async Task<double> RecallAsync(TimeSpan? learnStep)
    {
        ReplayReport report = await ReplayRunner.RunAsync(new ReplayOptions
        {
            Dataset = DatasetKind.PlainCsv,
            DataPath = _folder.File("events.csv"),
            Split = SplitRule.FromTime(TestSeconds * 1000),
            Sources = new SourcePolicy { Vector = 0, Transitions = 1 },
            LearnStep = learnStep,
        });
        return report.Methods[^1].Recall20.Mean;
    }

    /// <summary>
    /// 80 users one after the other: the first 40 go from item i to i+7, the others, who are the test part, to i+11.
    /// </summary>
    private void WriteChangingWalks()
    {
        const int dimension = 4;
        var random = new Random(42);
        float[] values = [.. Enumerable.Range(0, ItemCount * dimension).Select(_ => (float)random.NextDouble())];
        NpyWriter.Write(_folder.File("v.npy"), values, dimension);
        _folder.Write("items_ids.txt", string.Concat(Enumerable.Range(0, ItemCount).Select(item => $"i{item}\n")));
        var events = new StringBuilder("user,item,type,time\n");
        for (int user = 0; user < 80; user++)
        {
            int item = random.Next(ItemCount);
            for (int row = 0; row < 30; row++)
            {
                long time = StartSeconds + (user * 1000) + (row * 10);
                events.Append(CultureInfo.InvariantCulture, $"u{user},i{item},view,{time}\n");
                item = (item + (user < 40 ? 7 : 11)) % ItemCount;
            }
        }

        _folder.Write("events.csv", events.ToString());
    }
}
