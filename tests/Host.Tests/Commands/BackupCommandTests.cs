using System.Net;
using Ebb.Client;
using Ebb.Engine;
using Ebb.Host.Tests.Evaluation;
using Ebb.Server.Commands;
using Ebb.Server.Hosting;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Commands;

/// <summary>The way of an operator: back up a serving server, verify, restore, serve again; and tokens.</summary>
public sealed class BackupCommandTests
{
    [Fact]
    public async Task Backup_OfAServingServer_VerifiesRestoresAndServesTheSameState()
    {
        using var folder = new TempFolder();
        string backups = Path.Combine(folder.Path, "backups");
        string hash;
        await using (ServerHost host = await StartAsync(Path.Combine(folder.Path, "data"), backups))
        {
            string address = host.Endpoint.ToString();
            await using EbbClient client = await EbbClient.ConnectAsync(new() { Endpoint = host.Endpoint });
            await client.PutItemsAsync([new EbbItem("north", new float[] { 0, 1 })]);
            await client.ObserveAsync(
                [new EbbEvent("ann", "north", EbbEventType.Click, 1000)], EbbAck.Durable);
            hash = Convert.ToHexStringLower(await host.Engine.ComputeStateHashAsync());

            CommandOutcome taken = await CommandRunner.RunAsync(["backup", "first", "--server", address]);
            Assert.Equal((ExitCodes.Ok, ""), (taken.ExitCode, taken.Error));
            Assert.Contains("files", taken.Output);
            foreach (string name in (string[])["first", "../out", "a/b", ".hidden"])
            {
                CommandOutcome again = await CommandRunner.RunAsync(["backup", name, "--server", address]);
                again.AssertOneLineFailure();
            }
        }

        string backup = Path.Combine(backups, "first");
        CommandOutcome verified = await CommandRunner.RunAsync(["verify", backup]);
        Assert.Equal((ExitCodes.Ok, ""), (verified.ExitCode, verified.Error));
        Assert.Contains("state " + hash, verified.Output);
        Assert.Contains("same state as the whole log", verified.Output);
        string restored = Path.Combine(folder.Path, "restored");
        Assert.Equal(ExitCodes.Ok, (await CommandRunner.RunAsync(["restore", backup, restored])).ExitCode);
        Assert.Contains(hash, (await CommandRunner.RunAsync(["verify", restored])).Output);
        await using ServerHost again2 = await StartAsync(restored, null);
        Assert.Equal(hash, Convert.ToHexStringLower(await again2.Engine.ComputeStateHashAsync()));
        (await CommandRunner.RunAsync(["verify", restored])).AssertOneLineFailure("in use");
        (await CommandRunner.RunAsync(["backup", "x", "--server", again2.Endpoint.ToString()]))
            .AssertOneLineFailure("--backup-folder");
    }

    [Fact]
    public async Task Verify_NotAFolderOrDamaged_IsOneLine()
    {
        using var folder = new TempFolder();
        (await CommandRunner.RunAsync(["verify", Path.Combine(folder.Path, "none")])).AssertOneLineFailure("none");
        (await CommandRunner.RunAsync(["verify", folder.Path])).AssertOneLineFailure("MANIFEST");
        (await CommandRunner.RunAsync(["restore", folder.Path, Path.Combine(folder.Path, "x")]))
            .AssertOneLineFailure("BACKUP");
    }

    [Fact]
    public async Task Token_MadeAndServedWith_LetsInWhoHasIt()
    {
        using var folder = new TempFolder();
        string access = Path.Combine(folder.Path, "access");
        string tokenFile = Path.Combine(folder.Path, "token");
        CommandOutcome made =
            await CommandRunner.RunAsync(["token", "ops", "--role", "admin", "--access", access]);
        Assert.Equal(ExitCodes.Ok, made.ExitCode);
        string token = made.Output.Trim();
        Assert.DoesNotContain(token, await File.ReadAllTextAsync(access, TestContext.Current.CancellationToken));
        await File.WriteAllTextAsync(tokenFile, made.Output, TestContext.Current.CancellationToken);
        var options = new EbbServerOptions { Access = Ebb.Server.Security.AccessControl.Load(access) };
        await using ServerHost host = await StartAsync(Path.Combine(folder.Path, "data"), folder.Path, options);
        string server = host.Endpoint.ToString();
        CommandOutcome stranger = await CommandRunner.RunAsync(["backup", "one", "--server", server]);
        stranger.AssertOneLineFailure("AuthRequired");
        CommandOutcome known = await CommandRunner.RunAsync(
            ["backup", "one", "--server", server, "--token-file", tokenFile]);
        Assert.Equal((ExitCodes.Ok, ""), (known.ExitCode, known.Error));
    }

    [Theory]
    [InlineData("token", "a b", "--role", "admin")]
    [InlineData("token", "a", "--role", "king")]
    [InlineData("token", "a", "--role", "admin", "--tenant", "shop")]
    [InlineData("serve", "--dimension", "2", "--tls-cert", "x")]
    [InlineData("serve", "--dimension", "2", "--tls-client-ca", "x")]
    public async Task Run_WrongSecurityOptions_ExitsTwoWithOneLine(params string[] arguments)
    {
        CommandOutcome outcome = await CommandRunner.RunAsync(arguments);
        Assert.Equal(ExitCodes.Usage, outcome.ExitCode);
        Assert.Single(outcome.ErrorLines);
    }

    [Fact]
    public async Task Serve_BeyondThisMachineWithoutAccess_IsOneLine()
    {
        CommandOutcome outcome =
            await CommandRunner.RunAsync(["serve", "--dimension", "2", "--listen", "0.0.0.0:0"]);
        outcome.AssertOneLineFailure("--access", "--unprotected");
    }

    private static Task<ServerHost> StartAsync(string folder, string? backups, EbbServerOptions? options = null)
    {
        EbbServerOptions server = (options ?? new EbbServerOptions()) with
        {
            Endpoint = new IPEndPoint(IPAddress.Loopback, 0),
            BackupFolder = backups,
        };
        var engine = new EngineOptions { Folder = folder, Dimension = 2, PartitionCount = 2 };
        return ServerHost.StartAsync(new ServeOptions(engine, server));
    }
}
