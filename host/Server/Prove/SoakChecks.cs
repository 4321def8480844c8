using System.Diagnostics;
using System.Globalization;
using Ebb.Client;
using Ebb.Proving;

namespace Ebb.Server.Prove;

/// <summary>
/// Half an hour of a serving process with everything that could pile up: users who spill to disk and come back,
/// connections that come and go, users who are forgotten, bases written and logs trimmed behind them.
/// </summary>
internal static class SoakChecks
{
    private const string Soak = "half an hour: no slope in latency, memory or handles";

    private const int UserCount = 20_000;
    private const int ItemCount = 1000;
    private const int Dimension = 32;
    private const int ActsPerSecond = 250;
    private const int WarmupMinutes = 5;

    private static readonly TimeSpan Time = TimeSpan.FromMinutes(30);

    public static IReadOnlyList<ProveCheck> All { get; } =
    [
        new(Soak, (isLong, cancellation) => isLong
            ? RunAsync(Time, cancellation)
            : Task.FromResult(ProveRow.Skip(Soak, "only with --long"))),
    ];

    private static async Task<ProveRow> RunAsync(TimeSpan time, CancellationToken cancellation)
    {
        using var folder = new ScratchFolder();
        using Process server = ChildProcess.Start(
            new Dictionary<string, string>(), "serve", "--folder", folder.Path, "--dimension", $"{Dimension}",
            "--partitions", "2", "--memory", "16MB", "--listen", "127.0.0.1:0", "--log-level", "Error", "--backend",
            "cpu", "--export-interval", "20s", "--log-retention", "1min");
        try
        {
            System.Net.IPEndPoint endpoint = await ChildProcess.EndpointAsync(server);
            await using EbbClient client = await EbbClient.ConnectAsync(new() { Endpoint = endpoint });
            await FillAsync(client);
            List<SoakMinute> minutes = [];
            for (int minute = 0; minute < (int)time.TotalMinutes; minute++)
            {
                minutes.Add(await MinuteAsync(server, client, endpoint, minute, cancellation) with
                {
                    DiskMiB = DiskBytes(folder.Path) / (double)(1 << 20),
                });
            }

            return Judge(minutes);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task FillAsync(EbbClient client)
    {
        var random = new Random(42);
        await client.PutItemsAsync(
        [
            .. Enumerable.Range(0, ItemCount).Select(item => new EbbItem(
                $"item-{item}",
                (float[])[.. Enumerable.Range(0, Dimension).Select(_ => (random.NextSingle() * 2) - 1)])),
        ]);
        for (int start = 0; start < UserCount; start += 500)
        {
            await client.ObserveAsync(
            [
                .. Enumerable.Range(start, 500).Select(user => new EbbEvent(
                    $"user-{user}", $"item-{user % ItemCount}", EbbEventType.Click, NowMs())),
            ]);
        }
    }

    // A second: its ACTs, a connection that comes, acts and goes, and each ten seconds a user who is forgotten.
    private static async Task<SoakMinute> MinuteAsync(
        Process server, EbbClient client, System.Net.IPEndPoint endpoint, int minute, CancellationToken cancellation)
    {
        server.Refresh();
        TimeSpan cpu = server.TotalProcessorTime;
        List<double> timesMs = [];
        long started = Stopwatch.GetTimestamp();
        for (int second = 0; second < 60; second++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int act = 0; act < ActsPerSecond; act++)
            {
                // In turn: each user is on disk again before he comes back.
                int user = (int)((((minute * 60L) + second) * ActsPerSecond) + act) % UserCount;
                long begun = Stopwatch.GetTimestamp();
                await ActAsync(client, $"user-{user}", user);
                timesMs.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            }

            await using (EbbClient guest = await EbbClient.ConnectAsync(new() { Endpoint = endpoint }))
            {
                await ActAsync(guest, "guest", second);
            }

            if (second % 10 == 0)
            {
                await ActAsync(client, $"gone-{minute}-{second}", second);
                await client.ForgetAsync($"gone-{minute}-{second}", cancellation);
            }

            TimeSpan early = TimeSpan.FromSeconds(second + 1) - Stopwatch.GetElapsedTime(started);
            await Task.Delay(early > TimeSpan.Zero ? early : TimeSpan.Zero, cancellation);
        }

        server.Refresh();
        timesMs.Sort();
        return new SoakMinute(
            timesMs[timesMs.Count / 2], timesMs[timesMs.Count * 99 / 100],
            (server.TotalProcessorTime - cpu).TotalMicroseconds / timesMs.Count,
            server.WorkingSet64 / (double)(1 << 20), server.HandleCount, 0);
    }

    private static Task ActAsync(EbbClient client, string user, int number) => client.ActAsync(
        user, [new EbbAction($"item-{(number * 31) % ItemCount}", EbbEventType.Click, NowMs())]);

    private static long NowMs() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    // A file that is trimmed away while it is looked at counts nothing.
    private static long DiskBytes(string folder) => new DirectoryInfo(folder)
        .EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Exists ? file.Length : 0);

    /// <summary>
    /// By the median of the slopes between all pairs of minutes, which a few disturbed minutes do not move; of the
    /// minutes after the first ones, which warm up.
    /// </summary>
    internal static ProveRow Judge(IReadOnlyList<SoakMinute> minutes)
    {
        SoakMinute[] counted = [.. minutes.Skip(WarmupMinutes)];
        (string What, Func<SoakMinute, double> Of, double Share, double Least)[] judged =
        [
            ("p50 ms", minute => minute.P50Ms, 0.25, 0.25), ("p99 ms", minute => minute.P99Ms, 0.25, 1),
            ("CPU us an ACT", minute => minute.CpuUs, 0.25, 20), ("resident MiB", minute => minute.MemoryMiB, 0.05, 8),
            ("handles", minute => minute.Handles, 0.05, 4), ("disk MiB", minute => minute.DiskMiB, 0.25, 64),
        ];
        bool holds = counted.Length > 1;
        List<string> figures = [$"{minutes.Count} minutes, {ActsPerSecond} ACT/s"];
        foreach (var (what, of, share, least) in judged)
        {
            double[] values = [.. counted.Select(of)];
            double median = Median(values);
            double grown = Slope(values) * (values.Length - 1);
            holds &= grown <= Math.Max(share * median, least);
            figures.Add(string.Create(
                CultureInfo.InvariantCulture, $"{what} {median:0.00}, grew by {grown:+0.00;-0.00}"));
        }

        string all = string.Join("; ", figures);
        return holds ? ProveRow.Pass(Soak, all) : ProveRow.Fail(Soak, all);
    }

    private static double Slope(double[] values)
    {
        List<double> slopes = [];
        for (int first = 0; first < values.Length; first++)
        {
            for (int second = first + 1; second < values.Length; second++)
            {
                slopes.Add((values[second] - values[first]) / (second - first));
            }
        }

        return Median([.. slopes]);
    }

    private static double Median(double[] values)
    {
        Array.Sort(values = [.. values]);
        return values.Length == 0 ? 0 : (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }
}
