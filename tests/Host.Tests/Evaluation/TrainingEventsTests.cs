using Ebb.Evaluation;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Fit;
using Ebb.Evaluation.Replay;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

public sealed class TrainingEventsTests
{
    [Fact]
    public void Write_PlainCsv_HoldsTheTrainingPartAloneAndMarksTheLatestForValidation()
    {
        using var folder = new TempFolder();
        string data = folder.Write("events.csv", string.Concat(Enumerable.Range(0, 30).Select(
            row => $"\"u,{row % 3}\",i{row},click,{1000 + row}\n")) + "\"u,0\",gone,return,1500\n");
        string path = folder.File("training.csv");
        var options = new FitOptions
        {
            Dataset = DatasetKind.PlainCsv,
            DataPath = data,
            Split = SplitRule.FromTime(1_024_000),
        };
        Assert.Equal(24, TrainingEvents.Write(options, path));
        string[] lines = File.ReadAllLines(path);
        Assert.Equal("user,item,type,time,value,part", lines[0]);
        Assert.Equal("\"u,0\",i0,click,1000000,,train", lines[1]);
        Assert.DoesNotContain(lines, line => line.Contains("i24", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("gone", StringComparison.Ordinal));
        string[] late = [.. lines.Where(line => line.EndsWith(",valid", StringComparison.Ordinal))];
        Assert.Equal(5, late.Length);
        Assert.All(late, line => Assert.True(long.Parse(line.Split(',')[^3]) >= 1_019_000));
    }

    [Fact]
    public void Write_NothingToLearnFrom_SaysSo()
    {
        using var folder = new TempFolder();
        string data = folder.Write("events.csv", "u,i,click,1000\nu,j,click,1001\n");
        var options = new FitOptions { Dataset = DatasetKind.PlainCsv, DataPath = data, Split = SplitRule.FromTime(0) };
        Assert.Throws<DataFileException>(() => TrainingEvents.Write(options, folder.File("training.csv")));
    }
}
