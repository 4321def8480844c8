using System.Diagnostics;
using System.Globalization;
using Ebb.Engine;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;

namespace Ebb.Server.Prove;

/// <summary>Three times what the engine can do, offered without waiting for it.</summary>
internal static class OverloadChecks
{
    private const string Overload = "three times the capacity: answers what it can in time, refuses the rest at once";

    private const int Dimension = 64;
    private const int ItemCount = 60_000;
    private const int UserCount = 2000;
    private const int OutstandingCount = 64;

    private static readonly TimeSpan ScanWaitMax = TimeSpan.FromMilliseconds(200);

    public static IReadOnlyList<ProveCheck> All { get; } =
        [new(Overload, (isLong, _) => RunAsync(TimeSpan.FromSeconds(isLong ? 30 : 3)))];

    private static async Task<ProveRow> RunAsync(TimeSpan time)
    {
        await using InterestEngine engine = await InterestEngine.OpenAsync(new EngineOptions
        {
            Dimension = Dimension,
            PartitionCount = 2,
            ScanWaitMax = ScanWaitMax,

            // Every list is a scan, unless it is left out.
            Policy = new ServingPolicy { KeepBelow = 0 },
        });
        await FillAsync(engine);
        await ClosedLoopAsync(engine, 1, TimeSpan.FromSeconds(1));
        (double one, double unloadedMs) = await ClosedLoopAsync(engine, 1, TimeSpan.FromSeconds(1));
        (double capacity, _) = await ClosedLoopAsync(engine, OutstandingCount, TimeSpan.FromSeconds(2));
        Offered offered = await OpenLoopAsync(engine, 3 * capacity, time);
        double goodput = offered.AnsweredMs.Count / time.TotalSeconds;
        double p99 = Quantile(offered.AnsweredMs, 0.99);
        string figures = string.Create(
            CultureInfo.InvariantCulture,
            $"capacity {capacity:0}/s ({one:0}/s one by one, p99 {unloadedMs:0} ms); offered {3 * capacity:0}/s:"
            + $" {goodput / capacity:P0} of capacity answered, p99 {p99:0} ms, {offered.LeftOutCount} without a fresh"
            + $" scan; {offered.RefusedMs.Count} refused with RETRY_AFTER, p99"
            + $" {Quantile(offered.RefusedMs, 0.99):0.0} ms");
        bool holds = goodput >= 0.9 * capacity && p99 <= (2 * ScanWaitMax.TotalMilliseconds) + unloadedMs;
        return holds ? ProveRow.Pass(Overload, figures) : ProveRow.Fail(Overload, figures);
    }

    private static async Task FillAsync(InterestEngine engine)
    {
        var random = new Random(42);
        for (int start = 0; start < ItemCount; start += 5000)
        {
            await engine.PutItemsAsync(
            [
                .. Enumerable.Range(start, 5000).Select(item => new ItemPut(
                    $"i{item}",
                    (float[])[.. Enumerable.Range(0, Dimension).Select(_ => (random.NextSingle() * 2) - 1)])),
            ]);
        }

        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await engine.ObserveAsync(
        [
            .. Enumerable.Range(0, UserCount).Select(user => new BehaviourEvent(
                $"u{user}", $"i{random.Next(ItemCount)}", EventTypes.Click, now)),
        ]);
    }

    private static async Task<(double PerSecond, double P99Ms)> ClosedLoopAsync(
        InterestEngine engine, int outstanding, TimeSpan time)
    {
        List<double> all = [];
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, outstanding).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            while (Stopwatch.GetElapsedTime(started) < time)
            {
                long begun = Stopwatch.GetTimestamp();
                try
                {
                    await AskAsync(engine, random);
                }
                catch (EngineRequestException)
                {
                    // Left out of the capacity.
                    continue;
                }

                lock (all)
                {
                    all.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
                }
            }
        })));
        return (all.Count / Stopwatch.GetElapsedTime(started).TotalSeconds, Quantile(all, 0.99));
    }

    private static async Task<Offered> OpenLoopAsync(InterestEngine engine, double perSecond, TimeSpan time)
    {
        var offered = new Offered();
        var random = new Random(1);
        List<Task> asked = [];
        long started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) is var elapsed && elapsed < time)
        {
            // What is due by now; who is late is sent at once, not left out.
            while (asked.Count < elapsed.TotalSeconds * perSecond)
            {
                asked.Add(offered.AskAsync(engine, random));
            }

            await Task.Delay(1);
        }

        await Task.WhenAll(asked);
        return offered;
    }

    // Half of them for a surface that has no list to keep: those need their scan.
    private static Task<Recommendation> AskAsync(InterestEngine engine, Random random) => engine.RecommendAsync(
        $"u{random.Next(UserCount)}",
        new RecommendQuery { Count = 10, Surface = (ushort)(random.Next(2) == 0 ? 0 : random.Next(1, 65_536)) });

    private static double Quantile(List<double> values, double quantile)
    {
        values.Sort();
        return values.Count == 0 ? 0 : values[(int)Math.Min(values.Count - 1, values.Count * quantile)];
    }

    /// <summary>What became of each request, ms from when it was sent.</summary>
    private sealed class Offered
    {
        public List<double> AnsweredMs { get; } = [];

        public List<double> RefusedMs { get; } = [];

        public int LeftOutCount { get; private set; }

        public async Task AskAsync(InterestEngine engine, Random random)
        {
            long begun = Stopwatch.GetTimestamp();
            Recommendation? list = null;
            try
            {
                list = await OverloadChecks.AskAsync(engine, random);
            }
            catch (EngineRequestException refused) when (refused.Status == EntryStatus.Overloaded)
            {
                // Counted below.
            }

            double tookMs = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            lock (AnsweredMs)
            {
                (list is null ? RefusedMs : AnsweredMs).Add(tookMs);
                LeftOutCount += list?.ScanLeftOut is true ? 1 : 0;
            }
        }
    }
}
