using Ebb.Engine.Interest;
using Ebb.Engine.Sources;
using Ebb.Evaluation;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;
using Ebb.Evaluation.Studies;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

public sealed class HalfLifeStudyTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_UsersWhoNeverChange_NeverIsTakenAtEveryMoment()
    {
        SteadyUsers.Write(_folder);
        StudyReport report = await StudyRunner.RunAsync(
            "half-life",
            new StudyOptions(
                new EvaluationOptions
                {
                    Dataset = DatasetKind.PlainCsv,
                    DataPath = _folder.File("events.csv"),
                    Split = SplitRule.LastActs(3),
                },
                new ServedModel(MemorySchema.Never, SourcePolicy.VectorAlone), true),
            null, TestContext.Current.CancellationToken);

        // 60 users of 40 rows: 3 are the test's, 3 a slice's; slice k is judged with what is before it.
        Assert.Equal(["1", "2", "3"], report.Rows.Select(row => row[0]));
        Assert.Equal(["2,040", "1,860", "1,680"], report.Rows.Select(row => row[1]));
        Assert.All(report.Rows, row => Assert.Equal("180", row[2]));
        Assert.All(report.Rows, row => Assert.Equal("never", row[3]));
        Assert.All(report.Rows, row => Assert.True(row[8][0] is '-' or '0', row[8]));
    }
}
