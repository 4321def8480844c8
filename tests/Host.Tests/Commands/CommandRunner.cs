using Ebb.Server.Commands;
using Xunit;

namespace Ebb.Host.Tests.Commands;

/// <summary>Runs a command line in this process and keeps what it wrote.</summary>
internal static class CommandRunner
{
    public static async Task<CommandOutcome> RunAsync(
        string[] arguments, string input = "", CancellationToken cancellation = default)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var terminal = new Terminal(new StringReader(input), output, error);
        int exitCode = await EbbCommandLine.RunAsync(arguments, terminal, cancellation);
        return new CommandOutcome(exitCode, output.ToString(), error.ToString());
    }
}

internal sealed record CommandOutcome(int ExitCode, string Output, string Error)
{
    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Exit code 1 and one line on standard error: "ebb: what: what to do".</summary>
    public void AssertOneLineFailure(params string[] named)
    {
        string line = Assert.Single(ErrorLines);
        Assert.Equal(ExitCodes.Failed, ExitCode);
        Assert.StartsWith("ebb: ", line);
        Assert.DoesNotContain("Exception", line);
        Assert.All(named, name => Assert.Contains(name, line));
    }
}
