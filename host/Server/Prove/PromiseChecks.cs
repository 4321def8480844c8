using System.Diagnostics;
using System.Globalization;
using System.Text;
using Ebb.Client;
using Ebb.Engine;
using Ebb.Engine.Interest;
using Ebb.Engine.Log;
using Ebb.Proving;
using Ebb.Server.Hosting;

namespace Ebb.Server.Prove;

/// <summary>What acknowledgements mean, against a process that is really killed, and what FORGET means.</summary>
internal static class PromiseChecks
{
    private const string Killed = "kill -9 of a serving process: no acknowledged event lost, none counted twice";
    private const string Forgotten = "FORGET: no byte of the user's key in any file after the retention";

    private const string Key = "somebody-who-wants-to-be-forgotten";
    private const long DayMs = 86_400_000;

    public static IReadOnlyList<ProveCheck> All { get; } =
    [
        new(Killed, (isLong, cancellation) => KillAsync(isLong ? 200 : 3, cancellation)),
        new(Forgotten, (_, _) => ForgetAsync()),
    ];

    private static async Task<ProveRow> KillAsync(int killCount, CancellationToken cancellation)
    {
        using var folder = new ScratchFolder();
        const ulong Session = 77;
        ulong sequence = 0;
        ulong acknowledged = 0;
        TimeSpan slowest = TimeSpan.Zero;
        for (int kill = 0; kill < killCount; kill++)
        {
            cancellation.ThrowIfCancellationRequested();
            long started = Stopwatch.GetTimestamp();
            using Process server = ChildProcess.Start(
                new Dictionary<string, string>(), "serve", "--folder", folder.Path, "--dimension",
                $"{ProveEngine.Dimension}", "--partitions", "2", "--listen", "127.0.0.1:0", "--log-level", "Error",
                "--backend", "cpu", "--export-interval", "1s");
            try
            {
                System.Net.IPEndPoint address = await ChildProcess.EndpointAsync(server);
                TimeSpan took = Stopwatch.GetElapsedTime(started);
                slowest = took > slowest ? took : slowest;
                (sequence, acknowledged) = await WriteAsync(address, (Session, sequence, acknowledged), kill);
            }
            finally
            {
                server.Kill();
                await server.WaitForExitAsync(CancellationToken.None);
            }
        }

        ulong left = await CountAsync(folder.Path);
        string figures = string.Create(
            CultureInfo.InvariantCulture,
            $"{killCount} kills, {acknowledged} events acknowledged as durable, {sequence} sent,"
            + $" {left} there; slowest start {slowest.TotalSeconds:0.0} s");
        return left >= acknowledged && left <= sequence
            ? ProveRow.Pass(Killed, figures)
            : ProveRow.Fail(Killed, figures);
    }

    // Resends what the life before it may have lost, under the same sequences, then sends more.
    private static async Task<(ulong Sent, ulong Acknowledged)> WriteAsync(
        System.Net.IPEndPoint server, (ulong Session, ulong Sent, ulong Acknowledged) known, int life)
    {
        await using EbbClient client = await EbbClient.ConnectAsync(new()
        {
            Endpoint = server,
            Session = known.Session,
            FirstSequence = known.Acknowledged + 1,
            Reconnect = false,

            // A machine that was held still for a while is no lost event.
            RequestTimeout = TimeSpan.FromMinutes(10),
        });
        if (life == 0)
        {
            await client.PutItemsAsync([new EbbItem("item-1", new float[] { 1, 0, 0, 0 })]);
        }

        ulong acknowledged = known.Acknowledged;
        while (acknowledged < known.Sent + 20)
        {
            await client.ObserveAsync(
                [new EbbEvent("ann", "item-1", EbbEventType.Click, 1_700_000_000_000)], EbbAck.Durable);
            acknowledged = client.LastSequence;
        }

        for (int unacknowledged = 0; unacknowledged < 5; unacknowledged++)
        {
            await client.ObserveAsync([new EbbEvent("ann", "item-1", EbbEventType.Click, 1_700_000_000_000)]);
        }

        return (client.LastSequence, acknowledged);
    }

    private static async Task<ulong> CountAsync(string folder)
    {
        await using ServerHost host = await ProveEngine.ServeAsync(ProveEngine.Options(folder));
        await using EbbClient client = await EbbClient.ConnectAsync(new() { Endpoint = host.Endpoint });
        return (await client.ProfileAsync("ann")).EventCount;
    }

    private static async Task<ProveRow> ForgetAsync()
    {
        using var folder = new ScratchFolder();
        var clock = new ProvingClock(1_700_000_000_000);
        EngineOptions options = ProveEngine.Options(folder.Path, clock) with
        {
            Log = new EventLogOptions { RetentionTime = TimeSpan.FromDays(1) },
        };
        byte[] key = Encoding.UTF8.GetBytes(Key);
        await using InterestEngine engine = await InterestEngine.OpenAsync(options);
        await ProveEngine.PutItemsAsync(engine);
        await engine.ObserveAsync(
            [new(Key, "item-1", EventTypes.Click, clock.NowMs)], new WriteOptions(AckLevel.Durable));
        await engine.ExportAsync();
        int before = FilesWith(folder.Path, key).Count;
        ForgetReceipt receipt = await engine.ForgetAsync(Key);
        await ProveEngine.ObserveAsync(engine, 500, 1, clock.NowMs);
        clock.NowMs = receipt.ErasedByMs + DayMs;
        await engine.EraseForgottenAsync();
        List<string> left = FilesWith(folder.Path, key);
        return before > 0 && left.Count == 0
            ? ProveRow.Pass(Forgotten, $"the key stood in {before} files, then in none")
            : ProveRow.Fail(Forgotten, $"before in {before} files, after in {string.Join(", ", left)}");
    }

    private static List<string> FilesWith(string folder, byte[] key) =>
    [
        .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(path => !Path.GetFileName(path).Equals("lock", StringComparison.OrdinalIgnoreCase)
                && Read(path).AsSpan().IndexOf(key) >= 0),
    ];

    private static byte[] Read(string path)
    {
        using var stream = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
