using Ebb.Client;
using Xunit;

namespace Ebb.Host.Tests.Commands;

/// <summary><c>ebb load</c> against a running server, over TCP.</summary>
public sealed class LoadCommandTests
{
    [Fact]
    public async Task Load_CatalogueAndHistory_AreOneGenerationAndTheUsersEvents()
    {
        using var files = new SampleFiles();
        await using RunningServer server = await RunningServer.StartAsync(SampleFiles.Dimension);

        CommandOutcome outcome = await LoadAllAsync(server, files);

        Assert.Equal("", outcome.Error);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("catalogue: 4 items", outcome.Output);
        Assert.Contains("history: 3 events applied, 0 counted before, 0 waiting", outcome.Output);
        await using EbbClient client = await server.ConnectAsync();
        Assert.Equal(1UL, client.Server.CatalogueGeneration);
        RecommendResult list = await client.RecommendAsync("ada", new EbbQuery { Count = 10 });
        Assert.Equal(["espresso", "ristretto", "tea"], list.Items.Select(item => item.Item.ToString()));
    }

    [Fact]
    public async Task Load_RowsThatCannotBeRead_AreCountedAndTheFirstShown()
    {
        using var files = new SampleFiles();
        await using RunningServer server = await RunningServer.StartAsync(SampleFiles.Dimension);

        CommandOutcome outcome = await LoadAllAsync(server, files);

        // Two rows of the attributes (no id, a strange in_stock) and two of the history (unknown type, fields missing).
        Assert.Contains("4 rows could not be read", outcome.Output);
        Assert.Contains("items.csv:5", outcome.Output);
        Assert.Contains("history.csv:", outcome.Output);
    }

    [Fact]
    public async Task Load_SameHistoryTwice_CountsNothingTwice()
    {
        using var files = new SampleFiles();
        await using RunningServer server = await RunningServer.StartAsync(SampleFiles.Dimension);
        await LoadAllAsync(server, files);

        CommandOutcome again =
            await CommandRunner.RunAsync(["load", "--server", server.Address, "--history", files.History]);

        Assert.Equal(0, again.ExitCode);
        Assert.Contains("history: 0 events applied, 3 counted before", again.Output);
        await using EbbClient client = await server.ConnectAsync();
        Assert.Equal(2UL, (await client.ProfileAsync("ada")).EventCount);
    }

    [Fact]
    public async Task Load_WrongDimension_SaysBothAndChangesNothing()
    {
        using var files = new SampleFiles();
        await using RunningServer server = await RunningServer.StartAsync(SampleFiles.Dimension + 1);

        CommandOutcome outcome = await CommandRunner.RunAsync(
            ["load", "--server", server.Address, "--vectors", files.Vectors, "--ids", files.Ids]);

        outcome.AssertOneLineFailure("items.npy", "3 dimensions", "--dimension 3");
        await using EbbClient client = await server.ConnectAsync();
        Assert.Equal(0UL, client.Server.CatalogueGeneration);
    }

    [Fact]
    public async Task Load_FewerIdsThanVectors_FailsAndShowsNothing()
    {
        using var files = new SampleFiles();
        await using RunningServer server = await RunningServer.StartAsync(SampleFiles.Dimension);
        string ids = files.Write("short.txt", "espresso\nristretto\n");

        CommandOutcome outcome = await CommandRunner.RunAsync(
            ["load", "--server", server.Address, "--vectors", files.Vectors, "--ids", ids]);

        outcome.AssertOneLineFailure("short.txt", "2 ids");
        await using EbbClient client = await server.ConnectAsync();
        Assert.Equal(0UL, client.Server.CatalogueGeneration);
    }

    [Fact]
    public async Task Load_NoServer_SaysSo()
    {
        using var files = new SampleFiles();
        RunningServer server = await RunningServer.StartAsync(SampleFiles.Dimension);
        string address = server.Address;
        await server.DisposeAsync();

        CommandOutcome outcome = await CommandRunner.RunAsync(
            ["load", "--server", address, "--vectors", files.Vectors, "--ids", files.Ids]);

        outcome.AssertOneLineFailure(address, "ebb serve");
    }

    private static Task<CommandOutcome> LoadAllAsync(RunningServer server, SampleFiles files) =>
        CommandRunner.RunAsync(
        [
            "load", "--server", server.Address, "--vectors", files.Vectors, "--ids", files.Ids,
            "--attributes", files.Attributes, "--history", files.History,
        ]);
}
