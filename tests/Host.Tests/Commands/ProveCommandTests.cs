using Ebb.Server.Commands;
using Ebb.Server.Prove;
using Xunit;

namespace Ebb.Host.Tests.Commands;

/// <summary>The page of verdicts, and those of its checks that no other test makes.</summary>
[Collection(AloneCollection.Name)]
public sealed class ProveCommandTests
{
    [Theory]
    [InlineData("listens on this machine")]
    [InlineData("tokens, a role per verb")]
    [InlineData("clock that jumps")]
    [InlineData("FORGET")]
    [InlineData("kill -9")]
    [InlineData("broken frames")]
    [InlineData("half-open")]
    public async Task Prove_OnePromise_HoldsAndPrintsFigures(string words)
    {
        CommandOutcome outcome = await CommandRunner.RunAsync(["prove", "--only", words]);
        Assert.True(outcome.ExitCode == ExitCodes.Ok, outcome.Output + outcome.Error);
        Assert.StartsWith("pass ", outcome.Output);
        Assert.Contains("1 held, 0 did not", outcome.Output);
    }

    [Fact]
    public async Task Prove_NoSuchPromise_IsOneLine() =>
        (await CommandRunner.RunAsync(["prove", "--only", "world peace"])).AssertOneLineFailure("world peace");

    [Fact]
    public async Task Try_ACheckThatThrows_HasFailedInOneLine()
    {
        var check = new ProveCheck("p", (_, _) => throw new IOException("the disk\nis gone"));
        ProveRow row = await ProveRunner.TryAsync(check, isLong: false, TestContext.Current.CancellationToken);
        Assert.Equal(ProveRow.Fail("p", "IOException: the disk is gone"), row);
    }

    [Fact]
    public void All_Promises_AreNamedOnce()
    {
        string[] promises = [.. ProveRunner.All.Select(check => check.Promise)];
        Assert.Equal(promises.Length, promises.Distinct().Count());
    }
}
