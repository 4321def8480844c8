using Ebb.Server.Commands;
using Xunit;

namespace Ebb.Host.Tests.Commands;

/// <summary>A wrong command line: exit code 2, one line, and nothing done.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("serv")]
    [InlineData("serve")]
    [InlineData("serve", "--dimension", "0")]
    [InlineData("serve", "--dimension", "-1")]
    [InlineData("serve", "--dimension", "1025")]
    [InlineData("serve", "--dimension", "many")]
    [InlineData("serve", "--dimension", "64", "--half-life", "soon")]
    [InlineData("serve", "--dimension", "64", "--listen", "127.0.0.1:70000")]
    [InlineData("serve", "--dimension", "64", "--backend", "abacus")]
    [InlineData("serve", "--dimension", "64", "--memory", "lots")]
    [InlineData("serve", "--dimension", "64", "--partitions", "257")]
    [InlineData("load")]
    [InlineData("load", "--vectors", "x.npy")]
    [InlineData("load", "--attributes", "a.csv", "--history", "h.csv")]
    [InlineData("replay", "--dataset", "none", "--data", "x")]
    [InlineData("replay", "--dataset", "csv", "--data", "x", "--split", "thirds")]
    [InlineData("score", "--vectors", "x.npy")]
    [InlineData("score", "--vectors", "x.npy", "--ids", "x.txt", "--k", "1001")]
    [InlineData("demo", "--shorter")]
    public async Task Run_WrongCommandLine_ExitsTwoWithOneLine(params string[] arguments)
    {
        CommandOutcome outcome = await CommandRunner.RunAsync(arguments);

        Assert.Equal(ExitCodes.Usage, outcome.ExitCode);
        Assert.StartsWith("ebb: ", Assert.Single(outcome.ErrorLines));
        Assert.Empty(outcome.Output);
    }

    [Theory]
    [InlineData("--help", "serve")]
    [InlineData("serve --help", "--half-life")]
    [InlineData("demo --help", "--customer")]
    [InlineData("load --help", "--vectors")]
    [InlineData("replay --help", "--split")]
    [InlineData("score --help", "--ids")]
    public async Task Run_Help_ExitsZeroAndNamesOptions(string arguments, string named)
    {
        CommandOutcome outcome = await CommandRunner.RunAsync(arguments.Split(' '));

        Assert.Equal(ExitCodes.Ok, outcome.ExitCode);
        Assert.Contains(named, outcome.Output);
        Assert.Empty(outcome.Error);
    }
}
