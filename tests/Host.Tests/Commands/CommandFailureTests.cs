using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Ebb.Host.Tests.Commands;

/// <summary>Mistakes that only show while a command runs: exit code 1 and one line that names the thing.</summary>
public sealed class CommandFailureTests
{
    [Fact]
    public async Task Serve_BackendCuda_SaysThatThisBuildHasNoIlgpu()
    {
        CommandOutcome outcome = await CommandRunner.RunAsync(["serve", "--dimension", "4", "--backend", "cuda"]);

        outcome.AssertOneLineFailure("--backend cuda", "ILGPU", "--backend cpu");
    }

    [Fact]
    public async Task Load_MissingVectors_NamesTheFile()
    {
        CommandOutcome outcome = await CommandRunner.RunAsync(
            ["load", "--vectors", "no-such.npy", "--ids", "no-such.txt", "--server", ClosedPort()]);

        outcome.AssertOneLineFailure("no-such.npy");
    }

    [Fact]
    public async Task Load_MissingHistory_NamesTheFile()
    {
        CommandOutcome outcome =
            await CommandRunner.RunAsync(["load", "--history", "no-such.csv", "--server", ClosedPort()]);

        outcome.AssertOneLineFailure("no-such.csv");
    }

    [Fact]
    public async Task Score_MissingVectors_NamesTheFile()
    {
        CommandOutcome outcome =
            await CommandRunner.RunAsync(["score", "--vectors", "no-such.npy", "--ids", "no-such.txt"]);

        outcome.AssertOneLineFailure("no-such.");
    }

    [Fact]
    public async Task Replay_MissingData_NamesThePath()
    {
        CommandOutcome outcome =
            await CommandRunner.RunAsync(["replay", "--dataset", "csv", "--data", "no-such-folder"]);

        outcome.AssertOneLineFailure("no-such-folder");
    }

    [Fact]
    public async Task Demo_UnknownCustomer_ListsSomeThatExist()
    {
        CommandOutcome outcome = await CommandRunner.RunAsync(["demo", "--short", "--customer", "nobody"]);

        outcome.AssertOneLineFailure("nobody", "try one of 1");
    }

    /// <summary>A port that nothing listens on: bound once to learn its number.</summary>
    private static string ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener.LocalEndpoint.ToString()!;
    }
}
