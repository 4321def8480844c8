using System.Globalization;
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
    /// <summary>Three questions a user and slice: 2,502, since a fit asks 2,500.</summary>
    private const int ManyUsers = 834;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_UsersWhoNeverChange_NeverIsTakenAtEveryMoment()
    {
        StudyReport report = await StudyAsync(250, 42);

        // 250 users of 40 rows: 3 are the test's, 3 a slice's; slice k is judged with what is before it.
        Assert.Equal(["1", "2", "3", "4", "5", "6", "7"], report.Rows.Select(row => row[0]));
        Assert.Equal(
            ["8,500", "7,750", "7,000", "6,250", "5,500", "4,750", "4,000"], report.Rows.Select(row => row[1]));
        Assert.All(report.Rows, row => Assert.Equal("750", row[2]));
        Assert.All(report.Rows, row => Assert.Equal("never", row[3]));
        Assert.All(report.Rows, row => Assert.True(row[8][0] is '-' or '0', row[8]));
    }

    /// <summary>The check of bench/results/2026-11-23-interest.md; minutes long, so it is asked for by name.</summary>
    [Fact(Explicit = true)]
    public async Task Run_TwentyGroupsWhoNeverChange_NothingIsLostByForgetting()
    {
        int count = 0;
        int met = 0;
        for (int seed = 2001; seed <= 2020; seed++)
        {
            StudyReport report = await StudyAsync(ManyUsers, seed);
            foreach (IReadOnlyList<string> row in report.Rows)
            {
                count++;
                met += row[3] == "never" || OffBest(row) >= -2 ? 1 : 0;
                TestContext.Current.TestOutputHelper?.WriteLine($"{seed}: {string.Join(" | ", row)}");
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{met} of {count}");
        Assert.True(met >= 0.95 * count, $"{met} of {count}");
    }

    private static double OffBest(IReadOnlyList<string> row) =>
        double.Parse(row[8].TrimEnd(' ', '%'), CultureInfo.InvariantCulture);

    private Task<StudyReport> StudyAsync(int userCount, int seed)
    {
        SteadyUsers.Write(_folder, userCount, seed);
        return StudyRunner.RunAsync(
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
    }
}
