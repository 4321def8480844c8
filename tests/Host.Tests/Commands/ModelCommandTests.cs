using Ebb.Host.Tests.Evaluation;
using Ebb.Server.Hosting;
using Xunit;

namespace Ebb.Host.Tests.Commands;

public sealed class ModelCommandTests
{
    [Fact]
    public async Task Check_NoSuchFolder_IsOneLine()
    {
        CommandOutcome outcome = await CommandRunner.RunAsync(["model", "check", "no-such-bundle"]);
        outcome.AssertOneLineFailure("no-such-bundle", "no model bundle");
    }

    [Fact]
    public async Task Serve_ModelThatCannotBe_DoesNotStart()
    {
        CommandOutcome outcome = await CommandRunner.RunAsync(["serve", "--model", "no-such-bundle"]);
        outcome.AssertOneLineFailure("no-such-bundle", "no model bundle");
    }

    [Fact]
    public async Task Train_NoSuchPython_IsOneLine()
    {
        using var folder = new TempFolder();
        string data = folder.Write(
            "events.csv", string.Concat(Enumerable.Range(0, 40).Select(row => $"u{row % 4},i{row % 9},click,{row}\n")));
        CommandOutcome outcome = await CommandRunner.RunAsync(
            ["train", "--dataset", "csv", "--data", data, "--out", folder.File("bundle"),
                "--python", "no-such-python"]);
        outcome.AssertOneLineFailure("no-such-python cannot be run", "--python");
    }

    [Theory]
    [InlineData("epoch learning 5/20 loss 4.1 recall20 0.5 seconds 3", 0.125)]
    [InlineData("epoch refit 11/11 loss 3.5 recall20 nan seconds 3", 1)]
    public void TryReadShare_EpochLine_IsItsShareOfTheWork(string line, double share)
    {
        Assert.True(TrainingScript.TryReadShare(line, out double read));
        Assert.Equal(share, read, 1e-9);
    }

    [Theory]
    [InlineData("")]
    [InlineData("epoch")]
    [InlineData("epoch learning x/20")]
    [InlineData("epoch learning 5/0")]
    [InlineData("written bundle")]
    public void TryReadShare_AnyOtherLine_IsNone(string line) =>
        Assert.False(TrainingScript.TryReadShare(line, out _));
}
