using Ebb.Engine.Interest;
using Ebb.Engine.Log;
using Ebb.Engine.Store;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Recovery;

/// <summary>The formula of host/SECURITY.md, term by term, against a folder that is written to for long.</summary>
public sealed class DiskUseTests
{
    private const int UserCount = 3000;
    private const int ItemCount = 200;
    private const int RoundCount = 7;
    private const int BatchesPerRound = 40;
    private const int BatchEvents = 2000;
    private const long MemoryBytes = 1 << 20;
    private const long MiB = 1 << 20;

    [Fact]
    public async Task Folder_WrittenToForLong_StaysWithinTheFormula()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path, partitionCount: 1) with
        {
            Store = new StoreOptions
            {
                MemoryBytesMax = MemoryBytes,
                UserCountHint = UserCount,
                ExportInterval = TimeSpan.Zero,
            },
            Log = new EventLogOptions { RetentionTime = TimeSpan.Zero },
        };
        var seen = new Dictionary<string, long>();
        long written = 0;
        await using (InterestEngine engine = await OpenWithItemsAsync(options, ItemCount))
        {
            var random = new Random(42);
            for (int round = 0; round < RoundCount; round++)
            {
                for (int batch = 0; batch < BatchesPerRound; batch++)
                {
                    await engine.ObserveAsync(
                    [
                        .. Enumerable.Range(0, BatchEvents).Select(_ => Click(
                            KeyOf(random.Next(UserCount)), random.Next(ItemCount), NowMs)),
                    ]);
                    Look(folder.Path, seen);
                }

                written += BatchesPerRound * BatchEvents;
                Task export = engine.ExportAsync();
                while (!export.IsCompleted)
                {
                    Look(folder.Path, seen);
                    await Task.Yield();
                }

                await export;
                Look(folder.Path, seen);
            }
        }

        // An entry: header, frame, the payload's head and the user. Nothing is retained beyond what no base covers yet.
        long entry = SegmentLayout.EntryBytes(LogFrame.HeaderBytes + 68 + KeyOf(0).Length + 1);
        long retained = BatchesPerRound * BatchEvents * entry;
        long record = new SchemaInForce(options.Schema!, Dimension).Shape.RecordBytes;
        long users = UserCount * (record + 1 + KeyOf(0).Length + 1);
        long items = ItemCount * ((4L * Dimension) + 256);
        Assert.InRange(seen["log"], 1, retained + SegmentLayout.SegmentBytes + MiB);
        Assert.InRange(seen["base"], 1, (2 * (users + items)) + (UserCount * record) + MiB);
        Assert.InRange(seen["spill"], 1, (2 * Math.Max(UserCount * record, MemoryBytes)) + (4 * MiB));
        Assert.True(
            written * entry > retained + SegmentLayout.SegmentBytes + MiB,
            "not more was written than the log's term: the test sees no trimming");
    }

    private static string KeyOf(int user) => $"{user:D64}";

    // The largest that each part has been.
    private static void Look(string folder, Dictionary<string, long> seen)
    {
        foreach (IGrouping<string, long> part in Sizes(folder).GroupBy(file => file.Part, file => file.Bytes))
        {
            seen[part.Key] = Math.Max(seen.GetValueOrDefault(part.Key), part.Sum());
        }
    }

    private static IEnumerable<(string Part, long Bytes)> Sizes(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            long bytes;
            try
            {
                bytes = new FileInfo(path).Length;
            }
            catch (FileNotFoundException)
            {
                // Removed meanwhile.
                continue;
            }

            yield return (Path.GetRelativePath(folder, path).Split(Path.DirectorySeparatorChar)[0], bytes);
        }
    }
}
