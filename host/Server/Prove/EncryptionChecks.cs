using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ebb.Engine;
using Ebb.Engine.Encryption;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Ebb.Proving;

namespace Ebb.Server.Prove;

/// <summary>What an encrypted folder shows, and what it costs.</summary>
internal static class EncryptionChecks
{
    private const string Hidden = "encrypted: no byte of a user or an item in any file, another key is refused";
    private const string Cost = "encrypted: what it costs (told, not judged)";

    private const string User = "somebody-whose-name-stands-nowhere";
    private const int BatchEvents = 200;

    public static IReadOnlyList<ProveCheck> All { get; } =
    [
        new(Hidden, (_, _) => HideAsync()),
        new(Cost, (isLong, _) => MeasureAsync(isLong ? 10 : 2, TimeSpan.FromSeconds(isLong ? 2 : 0.5))),
    ];

    private static EncryptionKey NewKey() =>
        EncryptionKey.FromBytes(RandomNumberGenerator.GetBytes(EncryptionKey.Bytes));

    private static async Task<ProveRow> HideAsync()
    {
        using var folder = new ScratchFolder();
        using var backups = new ScratchFolder();
        EncryptionKey key = NewKey();
        EngineOptions options = ProveEngine.Options(folder.Path) with { EncryptionKey = key };
        string backup = Path.Combine(backups.Path, "backup");
        await using (InterestEngine engine = await InterestEngine.OpenAsync(options))
        {
            await ProveEngine.PutItemsAsync(engine);
            await engine.ObserveAsync(
                [new(User, "item-1", EventTypes.Click, 1_700_000_000_000)], new WriteOptions(AckLevel.Durable));
            await engine.ExportAsync();
            await engine.ObserveAsync([new(User, "item-2", EventTypes.Click, 1_700_000_000_000)]);
            await engine.BackupAsync(backup);
        }

        string[] files = [.. FilesOf(folder.Path), .. FilesOf(backups.Path)];
        byte[][] known = [Encoding.UTF8.GetBytes(User), Encoding.UTF8.GetBytes("item-1")];
        string[] with =
        [
            .. files.Where(path => known.Any(words => File.ReadAllBytes(path).AsSpan().IndexOf(words) >= 0)),
        ];
        await EngineFolder.VerifyAsync(backup, key);
        bool isRefused = false;
        try
        {
            await EngineFolder.VerifyAsync(folder.Path, NewKey());
        }
        catch (EngineStartException)
        {
            isRefused = true;
        }

        return with.Length == 0 && isRefused
            ? ProveRow.Pass(Hidden, $"{files.Length} files of a folder and its backup looked through")
            : ProveRow.Fail(Hidden, $"found in {string.Join(", ", with)}; another key refused: {isRefused}");
    }

    private static string[] FilesOf(string folder) => Directory.GetFiles(folder, "*", SearchOption.AllDirectories);

    // Turn by turn on two engines: what else the machine does then falls on both.
    private static async Task<ProveRow> MeasureAsync(int roundCount, TimeSpan time)
    {
        using var clearFolder = new ScratchFolder();
        using var hiddenFolder = new ScratchFolder();
        await using InterestEngine clear = await OpenAsync(clearFolder.Path, null);
        await using InterestEngine hidden = await OpenAsync(hiddenFolder.Path, NewKey());
        Pace clearWrites = default;
        Pace hiddenWrites = default;
        Pace clearActs = default;
        Pace hiddenActs = default;
        for (int round = 0; round < roundCount; round++)
        {
            clearWrites += await RunAsync(() => WriteAsync(clear), time);
            hiddenWrites += await RunAsync(() => WriteAsync(hidden), time);
            clearActs += await RunAsync(() => ActAsync(clear), time);
            hiddenActs += await RunAsync(() => ActAsync(hidden), time);
        }

        return ProveRow.Pass(Cost, string.Create(
            CultureInfo.InvariantCulture,
            $"against in the clear: durable batches of {BatchEvents} events at"
            + $" {hiddenWrites.PerSecond / clearWrites.PerSecond:P0} of its pace"
            + $" ({hiddenWrites.PerSecond * BatchEvents:0} events/s) with"
            + $" {hiddenWrites.CpuMicroseconds / clearWrites.CpuMicroseconds:P0} of its processor time each; ACT at"
            + $" {hiddenActs.PerSecond / clearActs.PerSecond:P0} with"
            + $" {hiddenActs.CpuMicroseconds / clearActs.CpuMicroseconds:P0}"));
    }

    private static async Task<InterestEngine> OpenAsync(string folder, EncryptionKey? key)
    {
        InterestEngine engine = await InterestEngine.OpenAsync(
            ProveEngine.Options(folder) with { EncryptionKey = key });
        await ProveEngine.PutItemsAsync(engine);
        return engine;
    }

    private static Task WriteAsync(InterestEngine engine) => engine.ObserveAsync(
        [
            .. Enumerable.Range(0, BatchEvents).Select(user => new BehaviourEvent(
                $"user-{user}", "item-1", EventTypes.Click, 1_700_000_000_000)),
        ],
        new WriteOptions(AckLevel.Durable));

    private static Task ActAsync(InterestEngine engine) => engine.ActAsync(
        User, [new(User, "item-1", EventTypes.Click, 1_700_000_000_000)], new RecommendQuery { Count = 10 });

    private static async Task<Pace> RunAsync(Func<Task> work, TimeSpan time)
    {
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long started = Stopwatch.GetTimestamp();
        long count = 0;
        while (Stopwatch.GetElapsedTime(started) < time)
        {
            await work();
            count++;
        }

        return new Pace(count, Stopwatch.GetElapsedTime(started), Environment.CpuUsage.TotalTime - cpu);
    }

    private readonly record struct Pace(long Count, TimeSpan Time, TimeSpan Cpu)
    {
        public double PerSecond => Count / Time.TotalSeconds;

        public double CpuMicroseconds => Cpu.TotalMicroseconds / Count;

        public static Pace operator +(Pace left, Pace right) =>
            new(left.Count + right.Count, left.Time + right.Time, left.Cpu + right.Cpu);
    }
}
