using System.Text;
using Ebb.Engine.Interest;
using Ebb.Engine.Log;
using Ebb.Engine.Recovery;
using Ebb.Engine.Store;
using Ebb.Engine.Tests.Interest;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;
using TemporaryFolder = Ebb.Engine.Tests.Recovery.TemporaryFolder;

namespace Ebb.Engine.Tests.Forgetting;

/// <summary>What FORGET promises of the files, by looking at every byte of them.</summary>
public sealed class ErasureTests
{
    private const string Secret = "ann-whose-key-stands-nowhere-else";

    private static readonly TimeSpan Retention = TimeSpan.FromHours(2);
    private static readonly WriteOptions Durable = new(AckLevel.Durable);

    [Fact]
    public async Task EraseForgotten_AfterTheRetention_NoByteOfTheKeyIsInAnyFile()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = ShortRetention(folder.Path);
        var clock = (FixedClock)options.Clock;
        byte[] before;
        await using (InterestEngine engine = await OpenWithItemsAsync(options))
        {
            await FillAsync(engine);
            await engine.ExportAsync();
            await engine.ObserveAsync([Click(Secret, 3, NowMs), Click(Secret, 5000, NowMs)], Durable);
            ForgetReceipt receipt = await engine.ForgetAsync(Secret);
            Assert.Equal(NowMs + (long)(Retention + ErasureSchedule.Slack).TotalMilliseconds, receipt.ErasedByMs);
            Assert.NotEmpty(FilesWithKey(folder.Path));
            Assert.Equal(1, engine.GetStats().ErasuresPending);

            // Not yet: what the retention promises is still there.
            await engine.EraseForgottenAsync();
            Assert.NotEmpty(FilesWithKey(folder.Path));

            clock.Advance(Retention);
            await engine.EraseForgottenAsync();
            Assert.Empty(FilesWithKey(folder.Path));
            Assert.Equal(0, engine.GetStats().ErasuresPending);

            // The log goes on over what was erased: nothing of it comes back from memory.
            await engine.ObserveAsync(
                [.. Enumerable.Range(0, 3000).Select(user => Click("late-" + user, 1, NowMs))], Durable);
            Assert.Empty(FilesWithKey(folder.Path));
            before = await engine.ComputeStateHashAsync();
        }

        Assert.Empty(FilesWithKey(folder.Path));
        await using InterestEngine reopened = await InterestEngine.OpenAsync(options);
        Assert.Equal(before, await reopened.ComputeStateHashAsync());
    }

    [Fact]
    public async Task EraseForgotten_AfterARestart_IsStillDue()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = ShortRetention(folder.Path);
        await using (InterestEngine engine = await OpenWithItemsAsync(options))
        {
            await engine.ObserveAsync([Click(Secret, 3, NowMs), Click("bob", 3, NowMs)]);
            await engine.ForgetAsync(Secret);
        }

        Assert.NotEmpty(FilesWithKey(folder.Path));
        ((FixedClock)options.Clock).Advance(Retention);
        await using InterestEngine reopened = await InterestEngine.OpenAsync(options);
        Assert.Equal(1, reopened.GetStats().ErasuresPending);
        await reopened.EraseForgottenAsync();

        Assert.Empty(FilesWithKey(folder.Path));
        Assert.True((await reopened.ProfileAsync("bob")).Known);
    }

    [Fact]
    public async Task EraseForgotten_AfterAKill_IsStillDue()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = ShortRetention(folder.Path);
        await using InterestEngine engine = await OpenWithItemsAsync(options);
        await engine.ObserveAsync([Click(Secret, 3, NowMs)], Durable);
        await engine.ForgetAsync(Secret);
        using TemporaryFolder killed = folder.Copy();
        ((FixedClock)options.Clock).Advance(Retention);

        await using InterestEngine reopened = await InterestEngine.OpenAsync(options with { Folder = killed.Path });
        await reopened.EraseForgottenAsync();

        Assert.Empty(FilesWithKey(killed.Path));
    }

    [Fact]
    public async Task Erasure_IdleServer_ComesByItself()
    {
        using var folder = new TemporaryFolder();
        var clock = new TimerClock(NowMs);
        EngineOptions options = ShortRetention(folder.Path) with { Clock = clock };
        await using InterestEngine engine = await OpenWithItemsAsync(options);
        await engine.ObserveAsync([Click(Secret, 3, NowMs)], Durable);
        await engine.ForgetAsync(Secret);
        clock.Advance(Retention);

        while (engine.GetStats().ErasuresPending > 0)
        {
            clock.Fire();
            await Task.Yield();
        }

        Assert.Empty(FilesWithKey(folder.Path));
    }

    [Fact]
    public async Task Spill_WithTheUserInIt_HoldsNoReadableKey()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = ShortRetention(folder.Path) with
        {
            Store = new StoreOptions { MemoryBytesMax = 1 << 20, ExportInterval = TimeSpan.Zero },
        };
        await using InterestEngine engine = await OpenWithItemsAsync(options);
        await engine.ObserveAsync([Click(Secret, 3, NowMs)]);
        await FillAsync(engine, userCount: 6000);
        string spill = Path.Combine(folder.Path, "spill");
        Assert.True(Directory.EnumerateFiles(spill, "*", SearchOption.AllDirectories).Any());

        Assert.Empty(FilesWithKey(spill));
        Assert.Equal(1UL, (await engine.ProfileAsync(Secret)).EventCount);
    }

    [Fact]
    public async Task Forget_NoRetentionSet_ReceiptPromisesItWithinAMonth()
    {
        using var folder = new TemporaryFolder();
        await using InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path));

        long erasedBy = (await engine.ForgetAsync("ann")).ErasedByMs;

        Assert.Equal(NowMs + (28 * DayMs) + (long)ErasureSchedule.Slack.TotalMilliseconds, erasedBy);
    }

    [Fact]
    public async Task Forget_LogKeptForEver_ReceiptPromisesNothing()
    {
        using var folder = new TemporaryFolder();
        await using InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path) with
        {
            Log = new EventLogOptions { RetentionTime = Timeout.InfiniteTimeSpan },
        });

        Assert.Equal(long.MaxValue, (await engine.ForgetAsync("ann")).ErasedByMs);
    }

    private static EngineOptions ShortRetention(string folder) => Options(folder) with
    {
        Log = new EventLogOptions { RetentionTime = Retention },
        Store = new StoreOptions { ExportInterval = TimeSpan.Zero },
    };

    private static async Task FillAsync(InterestEngine engine, int userCount = 500)
    {
        for (int user = 0; user < userCount; user += 100)
        {
            int first = user;
            await engine.ObserveAsync(
                [.. Enumerable.Range(0, 100).Select(index => Click("user-" + (first + index), index, NowMs - index))]);
        }
    }

    private static string[] FilesWithKey(string folder)
    {
        byte[] key = Encoding.UTF8.GetBytes(Secret);
        return
        [
            .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(file => Path.GetFileName(file) is not ("lock" or "LOCK"))
                .Where(file => ReadShared(file).AsSpan().IndexOf(key) >= 0),
        ];
    }

    private static byte[] ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
