using Ebb.Engine.Interest;
using Ebb.Engine.Log;
using Ebb.Engine.Recovery;
using Ebb.Engine.Recovery.Backup;
using Ebb.Engine.Store;
using Ebb.TestSupport;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Recovery;

/// <summary>Verify, back up while serving, restore.</summary>
public sealed class BackupTests
{
    private const string FolderVariable = "EBB_VERIFY_FOLDER";

    [Fact]
    public async Task Verify_StoppedFolder_FoldsToTheLiveHashAndWritesNothing()
    {
        using var folder = new TemporaryFolder();
        string live = await WriteAsync(Options(folder.Path), rounds: 3);
        Dictionary<string, byte[]> before = Contents(folder.Path);

        FolderReport report = await EngineFolder.VerifyAsync(folder.Path);

        Assert.Equal(live, report.StateHash);
        Assert.True(report.IsFoldOfWholeLog);
        Assert.Null(report.Backup);
        Assert.Equal((40, 200), (report.UserCount, report.ItemCount));
        Assert.True(report.LogEntriesChecked > report.EntriesFolded);
        Assert.Empty(report.UnknownFiles);
        Assert.Equal(before, Contents(folder.Path));
    }

    [Fact]
    public async Task Verify_WithInstructionSetsOff_IsTheSameHash()
    {
        using var folder = new TemporaryFolder();
        string live = await WriteAsync(Options(folder.Path), rounds: 2);
        var environment = new Dictionary<string, string>(InstructionSets.None) { [FolderVariable] = folder.Path };
        Assert.Equal(live, InstructionSetRunner.Run(typeof(BackupTests), nameof(VerifyInChild), environment));
    }

    [Fact]
    public async Task Verify_TrimmedLog_SaysThatTheWholeCannotBeFolded()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path) with
        {
            Log = new EventLogOptions { RetentionTime = TimeSpan.Zero },
        };
        string live = await WriteAsync(options, rounds: 3);
        FolderReport report = await EngineFolder.VerifyAsync(folder.Path);
        Assert.Equal(live, report.StateHash);
        Assert.Null(report.IsFoldOfWholeLog);
        Assert.False(report.ReachesBack);
    }

    [Fact]
    public async Task Backup_WhileWriting_RestoresToAFoldOfWhatItHolds()
    {
        using var folder = new TemporaryFolder();
        using var backups = new TemporaryFolder();
        string first = Path.Combine(backups.Path, "first");
        string last = Path.Combine(backups.Path, "last");
        string live;
        await using (InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path)))
        {
            await ObserveAsync(engine, seed: 1);
            Task writes = Task.Run(async () =>
            {
                for (int seed = 2; seed < 12; seed++)
                {
                    await ObserveAsync(engine, seed);
                    await engine.PutItemsAsync(Items(3, seed: seed));
                }
            });
            BackupManifest taken = await engine.BackupAsync(first);
            await writes;
            Assert.Equal(2, taken.Sequences.Count);
            await engine.ObserveAsync(
                [.. Enumerable.Range(0, 40).Select(user => Click("user-" + user, 1, NowMs))],
                new WriteOptions(AckLevel.Durable));
            live = Convert.ToHexStringLower(await engine.ComputeStateHashAsync());
            await engine.BackupAsync(last);
            FolderReport early = await EngineFolder.VerifyAsync(first);
            Assert.True(early.IsFoldOfWholeLog);
            Assert.Equal(taken.Files, early.Backup!.Files);
        }

        FolderReport late = await EngineFolder.VerifyAsync(last);
        Assert.Equal(live, late.StateHash);
        string target = Path.Combine(backups.Path, "restored");
        await EngineFolder.RestoreAsync(last, target);
        await using InterestEngine restored = await InterestEngine.OpenAsync(Options(target));
        Assert.Equal(live, Convert.ToHexStringLower(await restored.ComputeStateHashAsync()));
    }

    [Fact]
    public async Task Backup_AnyFileChangedOrGone_IsRefusedInOneLine()
    {
        using var folder = new TemporaryFolder();
        using var backups = new TemporaryFolder();
        string backup = Path.Combine(backups.Path, "backup");
        await using (InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path)))
        {
            await ObserveAsync(engine, seed: 1);
            await engine.BackupAsync(backup);
        }

        foreach (string file in Directory.GetFiles(backup, "*", SearchOption.AllDirectories))
        {
            byte[] whole = File.ReadAllBytes(file);
            byte[] flipped = [.. whole];
            flipped[whole.Length / 2] ^= 4;
            File.WriteAllBytes(file, flipped);
            using var target = new TemporaryFolder();
            await AssertRefusedAsync(() => EngineFolder.VerifyAsync(backup));
            await AssertRefusedAsync(() => EngineFolder.RestoreAsync(backup, target.Path));
            File.Delete(file);
            using var other = new TemporaryFolder();
            await AssertRefusedAsync(() => EngineFolder.RestoreAsync(backup, other.Path));
            File.WriteAllBytes(file, whole);
        }

        Assert.True((await EngineFolder.VerifyAsync(backup)).IsFoldOfWholeLog);
    }

    [Fact]
    public async Task Folder_NotWhatItShouldBe_IsRefusedInOneLine()
    {
        using var folder = new TemporaryFolder();
        using var empty = new TemporaryFolder();
        await AssertRefusedAsync(() => EngineFolder.VerifyAsync(empty.Path));
        await AssertRefusedAsync(() => EngineFolder.RestoreAsync(empty.Path, Path.Combine(empty.Path, "x")));
        string backup = Path.Combine(empty.Path, "backup");
        await using (InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path)))
        {
            await AssertRefusedAsync(() => EngineFolder.VerifyAsync(folder.Path));
            await Assert.ThrowsAsync<StoreException>(() => engine.BackupAsync(folder.Path));
            await engine.BackupAsync(backup);
        }

        await AssertRefusedAsync(() => EngineFolder.RestoreAsync(backup, folder.Path));
        await AssertRefusedAsync(() => InterestEngine.OpenAsync(Options(backup)));
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "notes.txt"), "mine");
        FolderReport report = await EngineFolder.VerifyAsync(folder.Path);
        Assert.Equal(["notes.txt"], report.UnknownFiles);
    }

    [Fact]
    public async Task Open_UnknownFilesInTheFolder_LeavesThemAlone()
    {
        using var folder = new TemporaryFolder();
        string live = await WriteAsync(Options(folder.Path), rounds: 1);
        string[] unknown =
            ["notes.txt", "base/notes.txt", "log/notes.txt", "log/p000/entries.old", "log/p001/notes.txt"];
        foreach (string name in unknown)
        {
            await File.WriteAllTextAsync(Path.Combine(folder.Path, name), "not ebb's");
        }

        await using (InterestEngine engine = await InterestEngine.OpenAsync(Options(folder.Path)))
        {
            Assert.Equal(live, Convert.ToHexStringLower(await engine.ComputeStateHashAsync()));
        }

        Assert.All(unknown, name => Assert.True(File.Exists(Path.Combine(folder.Path, name)), name));
    }

    private static string VerifyInChild() => EngineFolder
        .VerifyAsync(Environment.GetEnvironmentVariable(FolderVariable)!).GetAwaiter().GetResult().StateHash;

    private static async Task AssertRefusedAsync(Func<Task> work)
    {
        EngineStartException refusal = await Assert.ThrowsAsync<EngineStartException>(work);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    private static async Task<string> WriteAsync(EngineOptions options, int rounds)
    {
        await using InterestEngine engine = await OpenWithItemsAsync(options);
        for (int seed = 0; seed < rounds; seed++)
        {
            await ObserveAsync(engine, seed);
            await engine.ExportAsync();
            await ObserveAsync(engine, seed + 100);
        }

        return Convert.ToHexStringLower(await engine.ComputeStateHashAsync());
    }

    private static Task ObserveAsync(InterestEngine engine, int seed)
    {
        var random = new Random(seed);
        return engine.ObserveAsync(
            [.. Enumerable.Range(0, 200).Select(index => Click(
                "user-" + (index % 40), random.Next(200), NowMs - random.NextInt64(5 * DayMs)))]);
    }

    private static Dictionary<string, byte[]> Contents(string folder) =>
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) is not ("LOCK" or "LOCK.pid"))
            .ToDictionary(file => file, File.ReadAllBytes);
}
