using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Ebb.Client;
using Ebb.Server.Commands;
using Ebb.Server.Hosting;
using Xunit;

namespace Ebb.Host.Tests.Commands;

/// <summary>
/// <c>ebb serve</c> as the process that an operator starts and stops, and the ways in which it does not start.
/// </summary>
public sealed class ServeCommandTests
{
    private static readonly string[] FreePort = ["--listen", "127.0.0.1:0", "--log-level", "None"];

    [Fact]
    public async Task Serve_SigtermAfterWrites_ExitsZeroAndKeepsThem()
    {
        using var folder = new TemporaryFolder("ebb-test-");
        using (Process first = Start(folder, "--dimension", "2", "--half-life", "never"))
        {
            await using (EbbClient client = await ConnectAsync(first))
            {
                await client.PutItemsAsync([new EbbItem("tea", new float[] { 1, 0 })]);
                await client.ObserveAsync([new EbbEvent("ada", "tea", EbbEventType.Purchase, 1_700_000_000_000)]);
            }

            await TerminateAsync(first);
        }

        // The second start is told nothing but the folder.
        using Process second = Start(folder);
        await using (EbbClient client = await ConnectAsync(second))
        {
            Assert.Equal(2, client.Server.Dimension);
            Assert.Equal(1UL, (await client.ProfileAsync("ada")).EventCount);
        }

        await TerminateAsync(second);
    }

    [Fact]
    public async Task Serve_PortInUse_NamesThePort()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = (IPEndPoint)taken.LocalEndpoint;

        CommandOutcome outcome =
            await CommandRunner.RunAsync(["serve", "--dimension", "2", "--listen", address.ToString()]);

        outcome.AssertOneLineFailure(address.Address.ToString(), address.Port.ToString());
    }

    [Fact]
    public async Task Serve_FolderHeldByAnother_NamesTheFolder()
    {
        using var folder = new TemporaryFolder("ebb-test-");
        using Process holder = Start(folder, "--dimension", "2");
        await StartLineAsync(holder);

        CommandOutcome outcome =
            await CommandRunner.RunAsync(["serve", "--folder", folder.Path, "--dimension", "2", .. FreePort]);

        outcome.AssertOneLineFailure(folder.Path);
        await TerminateAsync(holder);
    }

    [Fact]
    public async Task Serve_OtherDimensionThanTheFolders_SaysBoth()
    {
        using var folder = new TemporaryFolder("ebb-test-");
        using (Process holder = Start(folder, "--dimension", "2"))
        {
            await StartLineAsync(holder);
            await TerminateAsync(holder);
        }

        CommandOutcome outcome =
            await CommandRunner.RunAsync(["serve", "--folder", folder.Path, "--dimension", "3", .. FreePort]);

        outcome.AssertOneLineFailure("2", "3");
    }

    [Fact]
    public async Task Serve_ToldToStop_ExitsZeroAfterOneStartLine()
    {
        using var stop = new CancellationTokenSource();
        var output = new StartLineWriter();
        var terminal = new Terminal(TextReader.Null, output, TextWriter.Null);
        Task<int> serving = EbbCommandLine.RunAsync(["serve", "--dimension", "2", .. FreePort], terminal, stop.Token);

        Task first = await Task.WhenAny(output.FirstLine.Task, serving);
        Assert.Same(output.FirstLine.Task, first);
        string line = await output.FirstLine.Task;
        await stop.CancelAsync();

        Assert.Equal(0, await serving);
        Assert.Matches(@"^ebb: listening on 127\.0\.0\.1:\d+, folder none \(in memory\), D 2, half-life 30d, ", line);
    }

    [Theory]
    [InlineData("", ", log kept 28d: FORGET hides at once, files are free of the user after 28d")]
    [InlineData("2h", ", log kept 2h: FORGET hides at once, files are free of the user after 2h")]
    [InlineData("never", ", log kept for ever: FORGET hides at once and erases no file (--log-retention 28d would)")]
    public async Task Serve_Folder_StartLineTellsWhatForgetPromises(string retention, string said)
    {
        using var folder = new TemporaryFolder("ebb-test-");
        using var stop = new CancellationTokenSource();
        var output = new StartLineWriter();
        string[] option = retention.Length == 0 ? [] : ["--log-retention", retention];
        Task<int> serving = EbbCommandLine.RunAsync(
            ["serve", "--folder", folder.Path, "--dimension", "2", .. option, .. FreePort],
            new Terminal(TextReader.Null, output, TextWriter.Null), stop.Token);

        Assert.Same(output.FirstLine.Task, await Task.WhenAny(output.FirstLine.Task, serving));
        await stop.CancelAsync();

        Assert.Equal(0, await serving);
        Assert.EndsWith(said, await output.FirstLine.Task);
    }

    private static Process Start(TemporaryFolder folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] all = [Path.Combine(AppContext.BaseDirectory, "ebb.dll"), "serve", "--folder", folder.Path];
        foreach (string argument in all.Concat(arguments).Concat(FreePort))
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    private static async Task<string> StartLineAsync(Process server) =>
        await server.StandardOutput.ReadLineAsync()
        ?? throw new InvalidOperationException("no start line: " + await server.StandardError.ReadToEndAsync());

    private static async Task<EbbClient> ConnectAsync(Process server)
    {
        string line = await StartLineAsync(server);
        string address = Regex.Match(line, @"listening on (\S+:\d+),").Groups[1].Value;
        return await EbbClient.ConnectAsync(new EbbClientOptions { Endpoint = IPEndPoint.Parse(address) });
    }

    private static async Task TerminateAsync(Process server)
    {
        using Process kill = Process.Start("kill", ["-TERM", server.Id.ToString()]);
        await server.WaitForExitAsync();
        Assert.Equal("", await server.StandardError.ReadToEndAsync());
        Assert.Equal(0, server.ExitCode);
    }

    /// <summary>Tells when the first line has been written.</summary>
    private sealed class StartLineWriter : StringWriter
    {
        public TaskCompletionSource<string> FirstLine { get; } = new();

        public override async Task WriteLineAsync(string? value)
        {
            await base.WriteLineAsync(value);
            FirstLine.TrySetResult(value ?? "");
        }
    }
}
