using System.Globalization;
using System.Net.Sockets;
using Ebb.Client;
using Ebb.Proving.Fuzz;
using Ebb.Server.Hosting;
using Ebb.Server.Transport;

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
        new(Idle, (isLong, _) => IdleAsync(isLong ? 10_000 : 500)),
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

    private static async Task<ProveRow> IdleAsync(int count)
    {
        var options = new EbbServerOptions { HelloTimeout = TimeSpan.FromMinutes(5) };
        await using ServerHost host = await ProveEngine.ServeAsync(ProveEngine.Options(null), options);
        await using EbbClient other = await EbbClient.ConnectAsync(new() { Endpoint = host.Endpoint });
        long before = GC.GetTotalMemory(forceFullCollection: true);
        List<Socket> idle = [];
        try
        {
            byte[] halfOfAHeader = [0x45, 0x42, 0x42, 0xEB, 1];
            for (int index = 0; index < count; index++)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                idle.Add(socket);
                await socket.ConnectAsync(host.Endpoint);
                if (index % 2 == 0)
                {
                    await socket.SendAsync(halfOfAHeader);
                }
            }

            List<double> beside = await PingsAsync(other, Task.Delay(200));
            double each = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)count / 1024;
            string figures = string.Create(
                CultureInfo.InvariantCulture,
                $"{count:N0} connections, {each:0.0} KiB of heap each (both ends); PING p99 beside them"
                + $" {Quantile(beside, 0.99):0.0} ms");
            return each < 64 ? ProveRow.Pass(Idle, figures) : ProveRow.Fail(Idle, figures);
        }
        finally
        {
            idle.ForEach(socket => socket.Dispose());
        }
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
