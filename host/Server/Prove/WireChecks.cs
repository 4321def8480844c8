using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Ebb.Client;
using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Ebb.Proving.Fuzz;
using Ebb.Server.Hosting;

namespace Ebb.Server.Prove;

/// <summary>Hostile peers, over real sockets, beside a client that must not notice.</summary>
internal static class WireChecks
{
    private const string Fuzz = "broken frames: an answer or a close, and the server goes on";
    private const string Idle = "idle and half-open connections: bounded memory, others are served";

    private const long MegaByte = 1 << 20;

    public static IReadOnlyList<ProveCheck> All { get; } =
    [
        new(Fuzz, (isLong, _) => FuzzAsync(isLong ? 10_000_000 : 50_000)),
        new(Idle, (isLong, _) => IdleAsync(isLong ? 10_000 : 500, TimeSpan.FromSeconds(isLong ? 20 : 1))),
    ];

    private static async Task<ProveRow> FuzzAsync(long frameCount)
    {
        await using ServerHost host = await ProveEngine.ServeAsync(ProveEngine.Options(null));
        await ProveEngine.PutItemsAsync(host.Engine);
        await using EbbClient other = await EbbClient.ConnectAsync(new() { Endpoint = host.Endpoint });
        using var fuzz = new WireFuzz(host.Endpoint, seed: 42);
        await fuzz.RunAsync(Math.Min(frameCount, 5000));
        long before = GC.GetTotalMemory(forceFullCollection: true);
        Task running = fuzz.RunAsync(frameCount);
        List<double> beside = await PingsAsync(other, running);
        await running;
        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        await other.ActAsync("ann", [new EbbAction("item-1", EbbEventType.Click, 1)]);
        string figures = string.Create(
            CultureInfo.InvariantCulture,
            $"{fuzz.FrameCount:N0} frames on {fuzz.ConnectionCount:N0} connections; slowest end"
            + $" {fuzz.SlowestEnd.TotalMilliseconds:0} ms; another client's PING p99 {Quantile(beside, 0.99):0.0} ms;"
            + $" heap {grown / (double)MegaByte:+0.0;-0.0} MiB");
        return fuzz.SlowestEnd < TimeSpan.FromSeconds(5) && grown < 64 * MegaByte
            ? ProveRow.Pass(Fuzz, figures)
            : ProveRow.Fail(Fuzz, figures);
    }

    private static async Task<ProveRow> IdleAsync(int count, TimeSpan time)
    {
        // Processes of their own: their memory is the server's alone, and so are their file handles.
        using Process crowded = Serve();
        using Process quiet = Serve();
        List<Socket> idle = [];
        try
        {
            IPEndPoint endpoint = await ChildProcess.EndpointAsync(crowded);
            await using EbbClient other = await EbbClient.ConnectAsync(new() { Endpoint = endpoint });
            await using EbbClient alone = await EbbClient.ConnectAsync(
                new() { Endpoint = await ChildProcess.EndpointAsync(quiet) });
            await PingsAsync(alone, other, TimeSpan.FromSeconds(1));
            long before = ResidentBytes(crowded);
            await ConnectAsync(endpoint, idle, count);
            (double p99Alone, double p99Beside) = await PingsAsync(alone, other, time);
            double each = (ResidentBytes(crowded) - before) / (double)count / 1024;
            bool areThere = long.Parse(
                (await other.StatsAsync())["server.connections"], CultureInfo.InvariantCulture) > count;
            string figures = string.Create(
                CultureInfo.InvariantCulture,
                $"{count:N0} connections greeted and then silent, half of them inside a frame; {each:0.0} KiB of the"
                + $" server's resident memory each; PING p99 {p99Beside:0.00} ms beside them, {p99Alone:0.00} ms of a"
                + $" server without them, asked in turn ({p99Beside / p99Alone:0.00} times)");

            // A scheduler's hiccup is more than many a p99: below a millisecond nobody is kept waiting.
            bool holds = areThere && each < 64 && p99Beside <= Math.Max(1.5 * p99Alone, 1);
            return holds ? ProveRow.Pass(Idle, figures) : ProveRow.Fail(Idle, figures);
        }
        finally
        {
            idle.ForEach(socket => socket.Dispose());
            foreach (Process server in new[] { crowded, quiet })
            {
                server.Kill();
                await server.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private static Process Serve() => ChildProcess.Start(
        new Dictionary<string, string>(), "serve", "--dimension", $"{ProveEngine.Dimension}", "--partitions", "2",
        "--listen", "127.0.0.1:0", "--log-level", "Error", "--backend", "cpu");

    // One by one in turn: what else the machine does then falls on both.
    private static async Task<(double Alone, double Beside)> PingsAsync(
        EbbClient alone, EbbClient beside, TimeSpan time)
    {
        List<double> first = [];
        List<double> second = [];
        long started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < time)
        {
            first.Add((await alone.PingAsync()).TotalMilliseconds);
            second.Add((await beside.PingAsync()).TotalMilliseconds);
        }

        return (Quantile(first, 0.99), Quantile(second, 0.99));
    }

    private static async Task ConnectAsync(IPEndPoint endpoint, List<Socket> idle, int count)
    {
        byte[] hello = Hello();
        byte[] reply = new byte[256];
        byte[] halfOfAHeader = [0x45, 0x42, 0x42, 0xEB, 1];
        for (int index = 0; index < count; index++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            idle.Add(socket);
            await socket.ConnectAsync(endpoint);
            await socket.SendAsync(hello);
            await socket.ReceiveAsync(reply);
            if (index % 2 == 0)
            {
                await socket.SendAsync(halfOfAHeader);
            }
        }
    }

    private static byte[] Hello()
    {
        using var buffer = new FrameBuffer();
        var frame = new FrameWriter(buffer, new FrameHeader { Version = FrameHeader.Version1, Opcode = Opcode.Hello });
        new HelloRequest { VersionMin = 1, VersionMax = 1, FrameBytesMax = 4096, Name = "prove"u8 }.Write(frame.Body());
        frame.Complete();
        return buffer.Written.ToArray();
    }

    private static long ResidentBytes(Process server)
    {
        server.Refresh();
        return server.WorkingSet64;
    }

    private static async Task<List<double>> PingsAsync(EbbClient client, Task until)
    {
        List<double> times = [];
        do
        {
            times.Add((await client.PingAsync()).TotalMilliseconds);
        }
        while (!until.IsCompleted);

        return times;
    }

    private static double Quantile(List<double> values, double quantile)
    {
        values.Sort();
        return values[(int)Math.Min(values.Count - 1, values.Count * quantile)];
    }
}
