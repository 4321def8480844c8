using System.Diagnostics;
using System.Globalization;
using Ebb.Engine;
using Ebb.Engine.Interest;
using Ebb.Engine.Store;
using Ebb.Proving;

namespace Ebb.Server.Prove;

/// <summary>How long a start takes with many users: from a base, and from the log alone.</summary>
internal static class RecoveryChecks
{
    private const string Recovery = "recovery time, from a base and from the log alone, to one state";

    private const int BatchUsers = 1000;

    public static IReadOnlyList<ProveCheck> All { get; } =
        [new(Recovery, (isLong, _) => RecoverAsync(isLong ? 1_000_000 : 20_000))];

    private static async Task<ProveRow> RecoverAsync(int userCount)
    {
        using var folder = new ScratchFolder();
        EngineOptions options = Options(folder.Path, userCount);
        byte[] written;
        await using (InterestEngine engine = await InterestEngine.OpenAsync(options))
        {
            await engine.PutItemsAsync([new("item-1", new float[64])]);
            long nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            for (int start = 0; start < userCount; start += BatchUsers)
            {
                await engine.ObserveAsync(
                [
                    .. Enumerable.Range(start, BatchUsers).Select(
                        user => new BehaviourEvent($"user-{user}", "item-1", EventTypes.Click, nowMs)),
                ]);
            }

            written = await engine.ComputeStateHashAsync();
        }

        (TimeSpan fromBase, byte[] ofBase) = await OpenAsync(options);
        (TimeSpan fromLog, byte[] ofLog) = await OpenAsync(options with { ReplayWholeLog = true });
        string figures = string.Create(
            CultureInfo.InvariantCulture,
            $"{userCount:N0} users of D = 64 and two half-lives: {fromBase.TotalSeconds:0.0} s from a base,"
            + $" {fromLog.TotalSeconds:0.0} s from the log alone; per million"
            + $" {fromBase.TotalSeconds * 1e6 / userCount:0.0} s and {fromLog.TotalSeconds * 1e6 / userCount:0.0} s");
        bool isOne = written.AsSpan().SequenceEqual(ofBase) && written.AsSpan().SequenceEqual(ofLog);
        return isOne
            ? ProveRow.Pass(Recovery, figures)
            : ProveRow.Fail(Recovery, "the states differ; " + figures);
    }

    private static async Task<(TimeSpan Time, byte[] State)> OpenAsync(EngineOptions options)
    {
        long started = Stopwatch.GetTimestamp();
        await using InterestEngine engine = await InterestEngine.OpenAsync(options);
        TimeSpan time = Stopwatch.GetElapsedTime(started);
        return (time, await engine.ComputeStateHashAsync());
    }

    private static EngineOptions Options(string folder, int userCount) => new()
    {
        Folder = folder,
        Dimension = 64,
        PartitionCount = 2,
        Schema = new MemorySchema { HalfLives = [TimeSpan.FromDays(1), TimeSpan.FromDays(30)] },
        Store = new StoreOptions
        {
            MemoryBytesMax = 3L << 29,
            UserCountHint = userCount,
            ExportInterval = TimeSpan.Zero,
        },
    };
}
