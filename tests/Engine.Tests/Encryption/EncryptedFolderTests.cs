using System.Text;
using Ebb.Engine.Encryption;
using Ebb.Engine.Interest;
using Ebb.Engine.Recovery;
using Ebb.Engine.Store;
using Ebb.Engine.Tests.Recovery;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Encryption;

/// <summary>A whole engine's folder under a key: nothing in it can be read, everything works.</summary>
public sealed class EncryptedFolderTests
{
    private const string User = "somebody-whose-name-stands-nowhere";

    private static readonly EncryptionKey Key =
        EncryptionKey.FromBytes([.. Enumerable.Range(1, 32).Select(value => (byte)value)]);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Files_OfAServingEngine_HoldNoUserAndNoItemUnlessInTheClear(bool isEncrypted)
    {
        using var folder = new TemporaryFolder();
        using var backups = new TemporaryFolder();
        EngineOptions options = Options(folder.Path) with
        {
            EncryptionKey = isEncrypted ? Key : null,

            // Small: users spill too.
            Store = new StoreOptions { MemoryBytesMax = 1 << 18, ExportInterval = TimeSpan.Zero },
        };
        string backup = Path.Combine(backups.Path, "backup");
        await using (InterestEngine engine = await OpenWithItemsAsync(options))
        {
            await WriteAsync(engine, rounds: 2);
            await engine.BackupAsync(backup);
            List<string> whileServing = FilesWith(folder.Path);
            Assert.Equal(isEncrypted, whileServing.Count == 0);
        }

        List<string> left = [.. FilesWith(folder.Path), .. FilesWith(backups.Path)];
        if (isEncrypted)
        {
            Assert.Empty(left);
        }
        else
        {
            // The scan finds what it looks for: log, base, catalogue and their copies.
            Assert.Contains(left, path => path.Contains("p00", StringComparison.Ordinal));
            Assert.Contains(left, path => path.Contains("catalogue", StringComparison.Ordinal));
            Assert.Contains(left, path => path.Contains("entries", StringComparison.Ordinal));
            Assert.Contains(left, path => path.EndsWith(".base", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task State_EncryptedAndNot_IsOneAndComesBack()
    {
        using var clear = new TemporaryFolder();
        using var hidden = new TemporaryFolder();
        string expected;
        await using (InterestEngine engine = await OpenWithItemsAsync(Options(clear.Path)))
        {
            await WriteAsync(engine, rounds: 3);
            expected = await HashAsync(engine);
        }

        EngineOptions options = Options(hidden.Path) with { EncryptionKey = Key };
        await using (InterestEngine engine = await OpenWithItemsAsync(options))
        {
            await WriteAsync(engine, rounds: 3);
            Assert.Equal(expected, await HashAsync(engine));
        }

        await using (InterestEngine again = await InterestEngine.OpenAsync(options))
        {
            Assert.Equal(expected, await HashAsync(again));
        }

        await using InterestEngine folded = await InterestEngine.OpenAsync(options with { ReplayWholeLog = true });
        Assert.Equal(expected, await HashAsync(folded));
    }

    [Fact]
    public async Task KillImage_OfAnEncryptedFolder_RecoversWhatWasDurable()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path) with { EncryptionKey = Key };
        await using InterestEngine engine = await OpenWithItemsAsync(options);
        await WriteAsync(engine, rounds: 2);
        await engine.ObserveAsync([Click(User, 1, NowMs)], new WriteOptions(AckLevel.Durable));
        string expected = await HashAsync(engine);
        using TemporaryFolder crashed = folder.Copy();
        await using InterestEngine recovered = await InterestEngine.OpenAsync(options with { Folder = crashed.Path });
        Assert.Equal(expected, await HashAsync(recovered));
    }

    [Fact]
    public async Task Backup_OfAnEncryptedFolder_VerifiesWithItsKeyAndRestoresWithout()
    {
        using var folder = new TemporaryFolder();
        using var backups = new TemporaryFolder();
        string backup = Path.Combine(backups.Path, "backup");
        string restored = Path.Combine(backups.Path, "restored");
        EngineOptions options = Options(folder.Path) with { EncryptionKey = Key };
        string expected;
        await using (InterestEngine engine = await OpenWithItemsAsync(options))
        {
            await WriteAsync(engine, rounds: 2);
            expected = await HashAsync(engine);
            await engine.BackupAsync(backup);
        }

        foreach (string held in new[] { folder.Path, backup })
        {
            FolderReport report = await EngineFolder.VerifyAsync(held, Key);
            Assert.Equal((expected, true), (report.StateHash, report.IsFoldOfWholeLog));
            Assert.Empty(report.UnknownFiles);
            await AssertRefusedAsync(() => EngineFolder.VerifyAsync(held), "encrypted");
            await AssertRefusedAsync(() => EngineFolder.VerifyAsync(held, Other()), "another key");
        }

        await EngineFolder.RestoreAsync(backup, restored);
        await using InterestEngine again = await InterestEngine.OpenAsync(options with { Folder = restored });
        Assert.Equal(expected, await HashAsync(again));
    }

    [Fact]
    public async Task Open_KeyThatDoesNotFitTheFolder_IsRefusedAndNothingIsChanged()
    {
        using var clear = new TemporaryFolder();
        using var hidden = new TemporaryFolder();
        await FillAsync(Options(clear.Path));
        await FillAsync(Options(hidden.Path) with { EncryptionKey = Key });
        Dictionary<string, byte[]> before = Contents(clear.Path, hidden.Path);
        await AssertRefusedAsync(() => InterestEngine.OpenAsync(Options(hidden.Path)), "encrypted");
        await AssertRefusedAsync(
            () => InterestEngine.OpenAsync(Options(hidden.Path) with { EncryptionKey = Other() }), "another key");
        await AssertRefusedAsync(
            () => InterestEngine.OpenAsync(Options(clear.Path) with { EncryptionKey = Key }), "not encrypted");
        await AssertRefusedAsync(() => EngineFolder.VerifyAsync(clear.Path, Key), "not encrypted");
        Assert.Equal(before, Contents(clear.Path, hidden.Path));
    }

    [Theory]
    [InlineData("ebb-encryption 1", "ebb-encryption 2", "newer")]
    [InlineData("ebb-encryption 1 ", "ebb-encryption 1 0", "damaged")]
    [InlineData("ebb-encryption", "nothing", "damaged")]
    public async Task Open_MarkThatIsNotAsWritten_IsRefused(string what, string instead, string words)
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path) with { EncryptionKey = Key };
        await FillAsync(options);
        string mark = Path.Combine(folder.Path, EncryptionMark.FileName);
        string text = await File.ReadAllTextAsync(mark, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(mark, text.Replace(what, instead), TestContext.Current.CancellationToken);
        await AssertRefusedAsync(() => InterestEngine.OpenAsync(options), words);
        await File.WriteAllTextAsync(mark, "", TestContext.Current.CancellationToken);
        await AssertRefusedAsync(() => InterestEngine.OpenAsync(options), "damaged");
        File.Delete(mark);
        await AssertRefusedAsync(() => InterestEngine.OpenAsync(options), "not encrypted");
        await AssertRefusedAsync(() => InterestEngine.OpenAsync(options with { EncryptionKey = null }), folder.Path);
    }

    [Fact]
    public void Key_Printed_IsWordsOnly()
    {
        EngineOptions options = Options(null) with { EncryptionKey = Key };
        Assert.Contains("EncryptionKey = (a key)", options.ToString());
        Assert.Throws<ArgumentException>(() => EncryptionKey.FromBytes(new byte[31]));
    }

    private static EncryptionKey Other() => EncryptionKey.FromBytes(new byte[32]);

    private static async Task FillAsync(EngineOptions options)
    {
        await using InterestEngine engine = await OpenWithItemsAsync(options);
        await WriteAsync(engine, rounds: 1);
    }

    private static async Task WriteAsync(InterestEngine engine, int rounds)
    {
        for (int round = 0; round < rounds; round++)
        {
            var random = new Random(round);
            await engine.ObserveAsync(
            [
                Click(User, 3, NowMs),
                .. Enumerable.Range(0, 1000).Select(index => Click(
                    $"{User}-{index}", random.Next(200), NowMs - random.NextInt64(5 * DayMs))),
            ]);
            await engine.ExportAsync();
            await engine.ObserveAsync([Click(User, random.Next(200), NowMs)]);
        }

        await engine.ObserveAsync([Click(User, 2, NowMs)], new WriteOptions(AckLevel.Durable));
    }

    private static async Task<string> HashAsync(InterestEngine engine) =>
        Convert.ToHexStringLower(await engine.ComputeStateHashAsync());

    private static async Task AssertRefusedAsync(Func<Task> work, string words)
    {
        EngineStartException refusal = await Assert.ThrowsAsync<EngineStartException>(work);
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
    }

    // A user's key and an item's id, in any file at all.
    private static List<string> FilesWith(string folder)
    {
        byte[][] known = [Encoding.UTF8.GetBytes(User[..24]), Encoding.UTF8.GetBytes("item-19")];
        return
        [
            .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(path => Path.GetFileName(path) is not ("LOCK" or "lock"))
                .Where(path =>
                {
                    using var file = new FileStream(
                        path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                    byte[] bytes = new byte[file.Length];
                    file.ReadExactly(bytes);
                    return known.Any(words => bytes.AsSpan().IndexOf(words) >= 0);
                }),
        ];
    }

    private static Dictionary<string, byte[]> Contents(params string[] folders) => folders
        .SelectMany(folder => Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        .Where(file => Path.GetFileName(file) is not ("LOCK" or "LOCK.pid"))
        .ToDictionary(file => file, File.ReadAllBytes);
}
