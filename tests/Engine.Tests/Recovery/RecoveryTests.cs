using Ebb.Engine.Interest;
using Ebb.Engine.Log;
using Ebb.Engine.Ranking;
using Ebb.Engine.Store;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Recovery;

public sealed class RecoveryTests
{
    private static readonly WriteOptions Durable = new(AckLevel.Durable);

    [Fact]
    public async Task Open_AfterACleanStop_HasTheSameStateAsBeforeAndAsAFullReplay()
    {
        using var folder = new TemporaryFolder();
        byte[] before;
        await using (InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path)))
        {
            await ObserveManyAsync(engine, 3000, seed: 42);
            before = await engine.ComputeStateHashAsync();
        }

        Assert.Equal(before, await HashOfAsync(Options(folder.Path)));
        Assert.Equal(before, await HashOfAsync(Options(folder.Path) with { ReplayWholeLog = true }));
    }

    [Fact]
    public async Task Export_WhileEventsArrive_BasePlusReplayEqualsAFullReplay()
    {
        using var folder = new TemporaryFolder();
        byte[] before;
        InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path));
        await ObserveManyAsync(engine, 2000, seed: 1);
        Task writes = ObserveManyAsync(engine, 4000, seed: 2);
        Task exports = Task.Run(async () =>
        {
            do
            {
                await engine.ExportAsync();
            }
            while (!writes.IsCompleted);
        });
        await writes;
        await exports;
        await engine.ObserveAsync([Click("last", 1, NowMs)], Durable);
        before = await engine.ComputeStateHashAsync();

        // What is on disk now is what a kill would leave: everything so far is durable in both partitions.
        await engine.ObserveAsync(
            [.. Enumerable.Range(0, 16).Select(user => Click("flush-" + user, 1, NowMs))], Durable);
        before = await engine.ComputeStateHashAsync();
        using TemporaryFolder crashed = folder.Copy();
        await engine.DisposeAsync();
        Assert.Equal(before, await HashOfAsync(Options(crashed.Path)));
        Assert.Equal(before, await HashOfAsync(Options(crashed.Path) with { ReplayWholeLog = true }));
    }

    [Fact]
    public async Task Open_ItemReplacedBetweenEvents_ReplaysEachWithItsOwnVector()
    {
        using var folder = new TemporaryFolder();
        byte[] before;
        await using (InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path)))
        {
            for (int round = 0; round < 5; round++)
            {
                await engine.ObserveAsync([Click("a", 1, NowMs - (10 - round) * DayMs), Click("b", 2, NowMs)]);
                await engine.PutItemsAsync(Items(5, seed: 100 + round));
            }

            await engine.ObserveAsync([Click("a", 1, NowMs)]);
            before = await engine.ComputeStateHashAsync();
        }

        Assert.Equal(before, await HashOfAsync(Options(folder.Path)));
        Assert.Equal(before, await HashOfAsync(Options(folder.Path) with { ReplayWholeLog = true }));
    }

    [Fact]
    public async Task Open_WithParkedEvents_KeepsAndResolvesThem()
    {
        using var folder = new TemporaryFolder();
        await using (InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path), itemCount: 10))
        {
            await engine.ObserveAsync([Click("a", 50, NowMs, eventId: 5), Click("a", 51, NowMs)]);
        }

        byte[] before;
        await using (InterestEngine engine = await InterestEngine.OpenAsync(Options(folder.Path)))
        {
            ObserveReply again = await engine.ObserveAsync([Click("a", 50, NowMs, eventId: 5)]);
            Assert.Equal(EntryStatus.Duplicate, Assert.Single(again.Statuses));
            await engine.PutItemsAsync([Items(60)[50]]);
            Assert.Equal(1UL, (await engine.ProfileAsync("a")).EventCount);
            before = await engine.ComputeStateHashAsync();
        }

        Assert.Equal(before, await HashOfAsync(Options(folder.Path)));
        Assert.Equal(before, await HashOfAsync(Options(folder.Path) with { ReplayWholeLog = true }));
    }

    [Fact]
    public async Task Open_SessionMarks_SurviveARestart()
    {
        using var folder = new TemporaryFolder();
        var write = new WriteOptions(AckLevel.Durable, Session: 9, Sequence: 41);
        await using (InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path)))
        {
            await engine.ObserveAsync([Click("a", 1, NowMs)], write);
        }

        await using InterestEngine reopened = await InterestEngine.OpenAsync(Options(folder.Path));
        ObserveReply again = await reopened.ObserveAsync([Click("a", 1, NowMs)], write);
        Assert.Equal(EntryStatus.Duplicate, Assert.Single(again.Statuses));
    }

    [Fact]
    public async Task Fold_TenthOfTheUsersInMemory_SameBytesAsAllInMemory()
    {
        byte[] all =
            await HashAfterAsync(new StoreOptions { MemoryBytesMax = 256L << 20, ExportInterval = TimeSpan.Zero });
        byte[] tenth =
            await HashAfterAsync(new StoreOptions { MemoryBytesMax = 1L << 20, ExportInterval = TimeSpan.Zero });
        Assert.Equal(all, tenth);

        static async Task<byte[]> HashAfterAsync(StoreOptions store)
        {
            using var folder = new TemporaryFolder();
            await using InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path) with { Store = store });
            await ObserveManyAsync(engine, 40_000, seed: 3, userCount: 8000);
            Assert.Equal(8000, engine.GetStats().UserCount);
            return await engine.ComputeStateHashAsync();
        }
    }

    [Fact]
    public async Task Open_TrimmedLog_RecoversFromBaseAndRefusesAFullReplay()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path) with
        {
            Log = new EventLogOptions { RetentionTime = TimeSpan.Zero },
        };
        byte[] before;
        await using (InterestEngine engine = await OpenWithItemsAsync(options))
        {
            await ObserveManyAsync(engine, 500, seed: 5);
            await engine.ExportAsync();
            await ObserveManyAsync(engine, 500, seed: 6);
            before = await engine.ComputeStateHashAsync();
        }

        Assert.Equal(before, await HashOfAsync(options));
        await Assert.ThrowsAsync<EngineStartException>(() => HashOfAsync(options with { ReplayWholeLog = true }));
    }

    [Fact]
    public async Task Open_Twice_IsRefusedInOneLine()
    {
        using var folder = new TemporaryFolder();
        await using InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path));
        var refusal = await Assert.ThrowsAsync<EngineStartException>(() =>
            InterestEngine.OpenAsync(Options(folder.Path)));
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.Contains("in use", refusal.Message);
    }

    [Theory]
    [InlineData(8, 2)]
    [InlineData(16, 3)]
    public async Task Open_WithOtherShape_IsRefusedInOneLine(int dimension, int partitionCount)
    {
        using var folder = new TemporaryFolder();
        await using (await OpenWithItemsAsync(Options(folder.Path)))
        {
        }

        var refusal = await Assert.ThrowsAsync<EngineStartException>(
            () => InterestEngine.OpenAsync(Options(folder.Path, partitionCount) with { Dimension = dimension }));
        Assert.DoesNotContain('\n', refusal.Message);
        var schema = await Assert.ThrowsAsync<EngineStartException>(
            () => InterestEngine.OpenAsync(Options(folder.Path) with { Schema = new MemorySchema() }));
        Assert.Contains("schema", schema.Message);
    }

    [Fact]
    public async Task Open_ShapeLeftOut_IsTakenFromTheFolder()
    {
        using var folder = new TemporaryFolder();
        await using (await OpenWithItemsAsync(Options(folder.Path, 3)))
        {
        }

        await using InterestEngine engine = await InterestEngine.OpenAsync(
            new EngineOptions { Folder = folder.Path, Dimension = 0 });
        Assert.Equal(Dimension, engine.Options.Dimension);
        Assert.Equal(3, engine.Options.PartitionCount);
        Assert.Equal(MemorySchemaJson.Write(UnitSchema), MemorySchemaJson.Write(engine.Schema));
    }

    [Fact]
    public async Task Open_DamagedLog_IsRefusedInOneLineOrRecoversWhole()
    {
        using var folder = new TemporaryFolder();
        byte[] before;
        await using (InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path)))
        {
            await ObserveManyAsync(engine, 1500, seed: 7);
            before = await engine.ComputeStateHashAsync();
        }

        string[] segments =
        [
            .. Directory.GetFiles(Path.Combine(folder.Path, "log"), "*", SearchOption.AllDirectories)
                .Where(file => new FileInfo(file).Length > 4096),
        ];
        Assert.NotEmpty(segments);
        var random = new Random(42);
        int refusedCount = 0;
        for (int trial = 0; trial < 12; trial++)
        {
            using TemporaryFolder damaged = folder.Copy();
            string file =
                Path.Combine(damaged.Path, Path.GetRelativePath(folder.Path, segments[trial % segments.Length]));
            using (FileStream stream = File.Open(file, FileMode.Open))
            {
                stream.Position = random.NextInt64(Math.Min(stream.Length, 100_000));
                int value = stream.ReadByte();
                stream.Position--;
                stream.WriteByte((byte)(value ^ (1 << random.Next(8))));
            }

            try
            {
                Assert.Equal(before, await HashOfAsync(Options(damaged.Path) with { ReplayWholeLog = true }));
            }
            catch (EngineStartException refusal)
            {
                Assert.DoesNotContain('\n', refusal.Message);
                refusedCount++;
            }
        }

        Assert.True(refusedCount > 0, "no flipped bit was noticed");
    }

    private static async Task<byte[]> HashOfAsync(EngineOptions options)
    {
        await using InterestEngine engine = await InterestEngine.OpenAsync(options);
        return await engine.ComputeStateHashAsync();
    }

    private static async Task ObserveManyAsync(InterestEngine engine, int eventCount, int seed, int userCount = 100)
    {
        var random = new Random(seed);
        var query = new RecommendQuery { Count = 3 };
        for (int sent = 0; sent < eventCount;)
        {
            BehaviourEvent[] events =
            [
                .. Enumerable.Range(sent, Math.Min(100, eventCount - sent)).Select(index => Click(
                    "user-" + (index < userCount ? index : random.Next(userCount)), random.Next(200),
                    NowMs - random.NextInt64(5 * DayMs), (ulong)random.Next(1 << 20) + 1)),
            ];
            await engine.ObserveAsync(events);
            await engine.RecommendAsync(events[0].User, query);
            sent += events.Length;
        }
    }
}
