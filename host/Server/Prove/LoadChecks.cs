using System.Diagnostics;
using System.Globalization;
using Ebb.Engine;
using Ebb.Engine.Batching;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Ebb.Engine.Store;
using Ebb.Proving;

namespace Ebb.Server.Prove;

/// <summary>What an export costs those who are served meanwhile, and what a million users take.</summary>
internal static class LoadChecks
{
    private const string Export = "an export does not stall: p99 of ACT while a base is written";
    private const string Memory = "a million users at two half-lives and D = 64 within 1.5 GiB";

    private const int UserCount = 20_000;
    private const int RoundCount = 5;
    private const int CallerCount = 64;
    private const int ListLength = 10;
    private const long MemoryBytesMax = 1536L << 20;

    public static IReadOnlyList<ProveCheck> All { get; } =
    [
        new(Export, (isLong, _) => ExportAsync(TimeSpan.FromSeconds(isLong ? 30 : 2))),
        new(Memory, (isLong, _) => isLong ? MemoryAsync() : Task.FromResult(ProveRow.Skip(Memory, "only with --long"))),
    ];

    private static async Task<ProveRow> ExportAsync(TimeSpan time)
    {
        using var folder = new ScratchFolder();
        await using InterestEngine engine = await InterestEngine.OpenAsync(ProveEngine.Options(folder.Path));
        await ProveEngine.PutItemsAsync(engine);
        long nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        for (int start = 0; start < UserCount; start += 500)
        {
            await engine.ObserveAsync([.. Enumerable.Range(start, 500).Select(user => Click(user, nowMs))]);
        }

        await CapacityAsync(engine, time / RoundCount);
        double capacity = await CapacityAsync(engine, time / 2);
        List<double> calm = [];
        List<double> during = [];
        int count = 0;

        // Turn by turn: what else the machine does then falls on both.
        for (int round = 0; round < RoundCount; round++)
        {
            calm.AddRange(await OpenLoopAsync(engine, capacity / 2, time / RoundCount));
            using var stop = new CancellationTokenSource();
            Task<int> exports = Task.Run(() => ExportForEverAsync(engine, stop.Token));
            during.AddRange(await OpenLoopAsync(engine, capacity / 2, time / RoundCount));
            await stop.CancelAsync();
            count += await exports;
        }

        (double before, double after) = (Quantile(calm, 0.99), Quantile(during, 0.99));
        string figures = string.Create(
            CultureInfo.InvariantCulture,
            $"at {capacity / 2:0}/s, half of what it can: {before:0.00} ms without, {after:0.00} ms during"
            + $" {count} exports of {UserCount:N0} users without a pause between them ({after / before:0.0} times)");

        // A scheduler's hiccup is more than many a p99: below a millisecond nobody is stalled.
        return after <= Math.Max(2 * before, 1) ? ProveRow.Pass(Export, figures) : ProveRow.Fail(Export, figures);
    }

    private static async Task<int> ExportForEverAsync(InterestEngine engine, CancellationToken stop)
    {
        int count = 0;
        while (!stop.IsCancellationRequested)
        {
            await engine.ExportAsync(CancellationToken.None);
            count++;
        }

        return count;
    }

    /// <summary>ACTs a second to callers who each wait for theirs.</summary>
    private static async Task<double> CapacityAsync(InterestEngine engine, TimeSpan time)
    {
        int count = 0;
        var query = new RecommendQuery { Count = ListLength };
        long nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, CallerCount).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(started) < time)
            {
                BehaviourEvent click = Click(Interlocked.Increment(ref count) % UserCount, nowMs);
                await engine.ActAsync(click.User, [click], query);
            }
        })));
        return count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<List<double>> OpenLoopAsync(InterestEngine engine, double perSecond, TimeSpan time)
    {
        int sent = 0;
        long nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var loop = new OpenLoop(engine, request =>
        {
            BehaviourEvent click = Click(sent++ % UserCount, nowMs);
            request.Kind = RequestKind.Act;
            request.SetUser(click.User.Span);
            request.AddEvent(click.Item.Span, click.Type, click.TimeMs);
            request.Count = ListLength;
        });
        await loop.RunAsync(perSecond, time);
        return loop.AnsweredMs;
    }

    private static async Task<ProveRow> MemoryAsync()
    {
        const int Users = 1_000_000;
        long before = Process.GetCurrentProcess().WorkingSet64;
        await using InterestEngine engine = await InterestEngine.OpenAsync(new EngineOptions
        {
            Dimension = 64,
            PartitionCount = 2,
            Schema = new MemorySchema { HalfLives = [TimeSpan.FromDays(1), TimeSpan.FromDays(30)] },
            Store = new StoreOptions
            {
                MemoryBytesMax = 1L << 30,
                UserCountHint = Users,
                ExportInterval = TimeSpan.Zero,
            },
        });
        await engine.PutItemsAsync([new("item-1", new float[64])]);
        long nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        for (int start = 0; start < Users; start += 1000)
        {
            await engine.ObserveAsync([.. Enumerable.Range(start, 1000).Select(user => Click(user, nowMs))]);
        }

        Process now = Process.GetCurrentProcess();
        long grown = now.WorkingSet64 - before;
        string figures = string.Create(
            CultureInfo.InvariantCulture,
            $"{engine.GetStats().UserCount:N0} users, resident memory grew by {grown / (double)(1 << 20):N0} MiB");
        return grown <= MemoryBytesMax ? ProveRow.Pass(Memory, figures) : ProveRow.Fail(Memory, figures);
    }

    private static BehaviourEvent Click(int user, long nowMs) =>
        new($"user-{user}", $"item-{1 + (user % 100)}", EventTypes.Click, nowMs);

    private static double Quantile(List<double> values, double quantile)
    {
        values.Sort();
        return values.Count == 0 ? 0 : values[(int)Math.Min(values.Count - 1, values.Count * quantile)];
    }
}
