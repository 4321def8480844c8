using System.Diagnostics;
using Ebb.Engine.Interest;
using Ebb.Engine.Store;
using Ebb.TestSupport;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Recovery;

/// <summary>
/// Kills a process that writes, changes the catalogue and exports bases without pause, and opens what it left: nothing
/// acknowledged as durable is gone, and base + log folds to the same bytes as the whole log.
/// </summary>
public sealed class CrashTests
{
    private const string FolderVariable = "EBB_CRASH_FOLDER";

    /// <summary>EBB_CRASH_KILLS in the environment makes the loop longer.</summary>
    private static int KillCount =>
        int.TryParse(Environment.GetEnvironmentVariable("EBB_CRASH_KILLS"), out int count) ? count : 10;

    [Fact]
    public async Task Kill_AtAnyMoment_RecoversToTheFoldOfItsLog()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(42);
        long acknowledged = 0;
        for (int kill = 0; kill < KillCount; kill++)
        {
            acknowledged = Math.Max(acknowledged, WriteUntilKilled(folder.Path, random.Next(10, 400)));
            using TemporaryFolder copy = folder.Copy();
            byte[] whole = await HashAsync(copy.Path, wholeLog: true);
            await using InterestEngine engine = await InterestEngine.OpenAsync(WriterOptions(folder.Path));
            Assert.Equal(whole, await engine.ComputeStateHashAsync());
            InterestProfile witness = await engine.ProfileAsync("witness");
            Assert.True(
                (long)witness.EventCount >= acknowledged,
                $"kill {kill}: {acknowledged} events were acknowledged as durable, {witness.EventCount} are there");
        }

        Assert.True(acknowledged > 0, "the child never got as far as one durable event");
    }

    [Fact]
    public async Task SameLog_WithInstructionSetsOff_FoldsToTheSameHash()
    {
        using var folder = new TemporaryFolder();
        string expected;
        await using (InterestEngine engine = await InterestEngine.OpenAsync(WriterOptions(folder.Path)))
        {
            await engine.PutItemsAsync(Items(200));
            var random = new Random(42);
            for (int batch = 0; batch < 20; batch++)
            {
                await engine.ObserveAsync(
                    [.. Enumerable.Range(0, 100).Select(_ => Click(
                        "user-" + random.Next(50), random.Next(210), NowMs - random.NextInt64(40 * DayMs)))]);
                await engine.PutItemsAsync(Items(3, seed: batch));
            }

            expected = Convert.ToHexString(await engine.ComputeStateHashAsync());
        }

        IReadOnlyDictionary<string, string>[] machines =
            [InstructionSets.All, InstructionSets.NoAvx2, InstructionSets.None];
        foreach (IReadOnlyDictionary<string, string> sets in machines)
        {
            var environment = new Dictionary<string, string>(sets) { [FolderVariable] = folder.Path };
            Assert.Equal(expected, InstructionSetRunner.Run(typeof(CrashTests), nameof(FoldWholeLog), environment));
        }
    }

    /// <summary>Runs in a child: the hash of the whole log's fold, in hex.</summary>
    private static string FoldWholeLog() =>
        Convert.ToHexString(HashAsync(ChildFolder(), wholeLog: true).GetAwaiter().GetResult());

    /// <summary>
    /// Runs in a child until it is killed; prints the number of durable events of one user after each.
    /// </summary>
    private static string WriteForEver()
    {
        WriteForEverAsync(ChildFolder()).GetAwaiter().GetResult();
        return "";
    }

    private static async Task WriteForEverAsync(string folder)
    {
        InterestEngine engine = await InterestEngine.OpenAsync(WriterOptions(folder));
        await engine.PutItemsAsync(Items(50));
        var random = new Random(Environment.ProcessId);
        _ = Task.Run(async () =>
        {
            while (true)
            {
                await engine.ExportAsync();
            }
        });
        _ = Task.Run(async () =>
        {
            while (true)
            {
                await engine.PutItemsAsync([Items(80, seed: random.Next())[random.Next(80)]]);
            }
        });
        long durable = (long)(await engine.ProfileAsync("witness")).EventCount;
        while (true)
        {
            Task<ObserveReply> others = engine.ObserveAsync(
                [.. Enumerable.Range(0, 40).Select(_ => Click(
                    "user-" + random.Next(500), random.Next(90), NowMs - random.NextInt64(9 * DayMs)))]);
            ObserveReply mine = await engine.ObserveAsync(
                [Click("witness", random.Next(50), NowMs)], new WriteOptions(AckLevel.Durable));
            await others;
            if (mine.Statuses[0] == EntryStatus.Ok)
            {
                Console.Out.WriteLine(++durable);
                Console.Out.Flush();
            }
        }
    }

    private static long WriteUntilKilled(string folder, int afterMs)
    {
        var environment = new Dictionary<string, string> { [FolderVariable] = folder };
        using Process child = InstructionSetRunner.StartChild(typeof(CrashTests), nameof(WriteForEver), environment);

        // The clock starts when the child has written something, or the kill would only ever hit its start.
        string? line = child.StandardOutput.ReadLine();
        using var alarm = new Timer(_ => child.Kill(), null, afterMs, Timeout.Infinite);
        long last = 0;
        while (line is not null)
        {
            last = long.TryParse(line, out long count) ? count : last;
            line = child.StandardOutput.ReadLine();
        }

        child.WaitForExit();
        string error = child.StandardError.ReadToEnd();
        Assert.True(error.Length == 0, error);
        return last;
    }

    private static async Task<byte[]> HashAsync(string folder, bool wholeLog)
    {
        await using InterestEngine engine = await InterestEngine.OpenAsync(
            WriterOptions(folder) with { ReplayWholeLog = wholeLog });
        return await engine.ComputeStateHashAsync();
    }

    private static EngineOptions WriterOptions(string folder) => Options(folder) with
    {
        Store = new StoreOptions { MemoryBytesMax = 1 << 20, UserCountHint = 1000, ExportInterval = TimeSpan.Zero },
    };

    private static string ChildFolder() =>
        Environment.GetEnvironmentVariable(FolderVariable) ?? throw new InvalidOperationException(FolderVariable);
}
