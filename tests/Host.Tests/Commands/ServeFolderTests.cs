using System.Numerics;
using System.Text;
using Ebb.Engine;
using Ebb.Engine.Interest;
using Ebb.Engine.Store.Base;
using Ebb.Host.Tests.Evaluation;
using Xunit;

namespace Ebb.Host.Tests.Commands;

/// <summary>
/// A folder that must not be served: one line that names the place, exit code 1, the file as it was.
/// </summary>
public sealed class ServeFolderTests
{
    [Theory]
    [InlineData("log/p000/entries.000000", false)]
    [InlineData("log/catalogue/entries.000000", false)]
    [InlineData("base/p000-r00000002.base", true)]
    [InlineData("base/catalogue-r00000002.base", true)]
    [InlineData("MANIFEST", true)]
    public async Task Serve_DamagedFile_NamesItAndLeavesItAlone(string file, bool isClosed)
    {
        using var folder = new TempFolder();
        await FillAsync(folder.Path, isClosed);
        string path = Path.Combine(folder.Path, file);
        byte[] bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);

        // Well inside what was written and synced: behind it a torn end would be cut off, which is no damage.
        bytes[150] ^= 0x04;
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);

        CommandOutcome outcome = await ServeAsync(folder.Path);

        outcome.AssertOneLineFailure(Path.GetDirectoryName(path)!);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Serve_ManifestOfANewerFormat_SaysSo()
    {
        using var folder = new TempFolder();
        await FillAsync(folder.Path, isClosed: true);
        string path = Path.Combine(folder.Path, BaseManifest.FileName);
        string[] lines = await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken);
        string newer = lines[0].Replace("\"FormatVersion\":1", "\"FormatVersion\":99") + "\n";
        Assert.Contains("99", newer);
        uint checksum = ~Encoding.UTF8.GetBytes(newer).Aggregate(~0u, BitOperations.Crc32C);
        await File.WriteAllTextAsync(
            path, $"{newer}crc32c {checksum:x8}\n", TestContext.Current.CancellationToken);

        CommandOutcome outcome = await ServeAsync(folder.Path);

        outcome.AssertOneLineFailure("99", "newer");
    }

    [Fact]
    public async Task Serve_FolderOfAnotherDimension_SaysWhich()
    {
        using var folder = new TempFolder();
        await FillAsync(folder.Path, isClosed: true);

        CommandOutcome outcome = await CommandRunner.RunAsync(
            ["serve", "--folder", folder.Path, "--dimension", "5", "--listen", "127.0.0.1:0"]);

        outcome.AssertOneLineFailure("5", "3");
    }

    [Fact]
    public async Task Serve_FolderLockedByAnotherEngine_SaysSo()
    {
        using var folder = new TempFolder();
        await using InterestEngine engine =
            await InterestEngine.OpenAsync(new EngineOptions { Folder = folder.Path, Dimension = 3 });

        CommandOutcome outcome = await ServeAsync(folder.Path);

        outcome.AssertOneLineFailure(folder.Path);
    }

    // Cancelled if it serves after all: the test must fail, not hang.
    private static async Task<CommandOutcome> ServeAsync(string folder)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return await CommandRunner.RunAsync(
            ["serve", "--folder", folder, "--dimension", "3", "--listen", "127.0.0.1:0"], "", limit.Token);
    }

    /// <summary>A folder after a clean stop, or as a kill would leave it: a log and no base.</summary>
    private static async Task FillAsync(string folder, bool isClosed)
    {
        using var live = new TempFolder();
        await using (InterestEngine engine = await InterestEngine.OpenAsync(
            new EngineOptions { Folder = live.Path, Dimension = 3, PartitionCount = 1 }))
        {
            await engine.PutItemsAsync([new("espresso", new float[] { 1, 0, 0 }), new("tea", new float[] { 0, 1, 0 })]);
            for (int user = 0; user < 20; user++)
            {
                await engine.ObserveAsync(
                    [new($"user {user}", "tea", EventTypes.View, 1_700_000_000_000 + user)],
                    new WriteOptions { Ack = AckLevel.Durable });
            }

            Copy(live.Path, isClosed ? null : folder);
        }

        Copy(live.Path, isClosed ? folder : null);
    }

    private static void Copy(string source, string? target)
    {
        if (target is null)
        {
            return;
        }

        foreach (string path in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(source, path);
            if (!Path.GetFileName(name).StartsWith("lock", StringComparison.OrdinalIgnoreCase))
            {
                string copy = Path.Combine(target, name);
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(path, copy, overwrite: true);
            }
        }
    }
}
