using System.Text;
using Ebb.Engine.Batching;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Merging;
using Ebb.Engine.Interest.Trends;
using Ebb.Engine.Log;
using Ebb.Engine.Ranking;
using Ebb.Engine.Tests.Interest;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;
using TemporaryFolder = Ebb.Engine.Tests.Recovery.TemporaryFolder;

namespace Ebb.Engine.Tests.Forgetting;

/// <summary>One person, two keys: after MERGE, against an engine that had one key from the start.</summary>
public sealed class MergeTests
{
    private const int PartitionCount = 3;
    private const string Customer = "customer";

    private static readonly MemorySchema Schema = UnitSchema with
    {
        HalfLives = [TimeSpan.FromHours(6), TimeSpan.FromDays(10), MemorySchema.Never],
        Trends = new TrendRule(),
    };

    // One visitor of the customer's own partition and one of another: which is which does not matter, both are tried.
    private static readonly string[] Visitors =
    [
        .. Enumerable.Range(0, PartitionCount).Select(partition => Enumerable.Range(0, 1000)
            .Select(number => "visitor-" + number)
            .First(name => StableHash.PlaceOf(Encoding.UTF8.GetBytes(name), PartitionCount).Partition == partition)),
    ];

    [Theory]
    [InlineData(0, 10)]
    [InlineData(1, 10)]
    [InlineData(2, 60)]
    public async Task Merge_TwoKeys_IsWhoHadOneKeyFromTheStart(int visitor, int eventCount)
    {
        using var folder = new TemporaryFolder();
        string from = Visitors[visitor];
        BehaviourEvent[] events = Events(from, eventCount);
        byte[] hash;
        await using (InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path)))
        {
            await engine.ObserveAsync(events);
            await engine.ExportAsync();

            Assert.Equal(new MergeReceipt(true, (ulong)eventCount), await engine.MergeAsync(from, Customer));

            await using InterestEngine plain = await OpenWithItemsAsync(Options());
            await plain.ObserveAsync([.. events.Select(one => one with { User = Customer })]);
            AssertAlike(await plain.ProfileAsync(Customer), await engine.ProfileAsync(Customer));
            Assert.Equal(await ListAsync(plain), await ListAsync(engine));
            Assert.False((await engine.ProfileAsync(from)).Known);
            AssertDemand(plain.GetTrends(All), engine.GetTrends(All));
            hash = await engine.ComputeStateHashAsync();

            Assert.Equal(new MergeReceipt(false, 0), await engine.MergeAsync(from, Customer));
            Assert.Equal(hash, await engine.ComputeStateHashAsync());
        }

        Assert.Equal(hash, await HashOfAsync(folder.Path, replaysAll: false));
        Assert.Equal(hash, await HashOfAsync(folder.Path, replaysAll: true));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Merge_KilledBetweenItsSteps_IsDoneOnceAtOpen(int stepsDone)
    {
        using var folder = new TemporaryFolder();
        string from = Visitors.First(name => PartitionOf(name) != PartitionOf(Customer));
        await using InterestEngine engine = await OpenWithItemsAsync(Options(folder.Path));
        await engine.ObserveAsync(Events(from, 12), new WriteOptions(AckLevel.Durable));
        await StepAsync(engine, from, stepsDone);
        using TemporaryFolder killed = folder.Copy();
        await engine.MergeAsync(from, Customer);
        InterestProfile whole = await engine.ProfileAsync(Customer, NowMs);

        foreach (bool replaysAll in new[] { false, true })
        {
            await using InterestEngine again = await InterestEngine.OpenAsync(
                Options(killed.Path) with { ReplayWholeLog = replaysAll });

            // Killed before it left, the visitor is who they were; the client, who got no answer, asks again.
            Assert.Equal(stepsDone == 0 && !replaysAll, (await again.MergeAsync(from, Customer)).Known);
            InterestProfile profile = await again.ProfileAsync(Customer, NowMs);
            Assert.Equal(whole.Masses, profile.Masses);
            Assert.Equal(whole.Direction, profile.Direction);
            Assert.Equal(whole.RecentEvents, profile.RecentEvents);
            Assert.False((await again.ProfileAsync(from)).Known);
        }
    }

    [Fact]
    public async Task Merge_ThenForget_LeavesNothingOfEitherKey()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync(Events(Visitors[0], 10));
        await engine.MergeAsync(Visitors[0], Customer);
        Assert.NotEmpty(engine.GetTrends(All).Items);

        Assert.True((await engine.ForgetAsync(Customer)).Known);

        Assert.False((await engine.ProfileAsync(Customer)).Known);
        Assert.Empty(engine.GetTrends(All).Items);
        Assert.All((await engine.RecommendAsync(Customer, new RecommendQuery { Count = 5 })).Items,
            item => Assert.Equal(0, item.Score));
    }

    [Fact]
    public async Task Merge_ThenUnsend_TakesOutAnEventOfEitherKey()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        BehaviourEvent[] events =
            [.. Events(Visitors[1], 10).Select((one, at) => one with { EventId = (ulong)at + 1 })];
        await engine.ObserveAsync(events);
        await engine.MergeAsync(Visitors[1], Customer);

        // The visitor's are the odd ones; of 20 ids the ring holds the last 16.
        ulong[] unsent = [6, 20, 7, 19];

        foreach (ulong id in unsent)
        {
            await engine.UnsendAsync(Customer, id);
        }

        await using InterestEngine plain = await OpenWithItemsAsync(Options());
        await plain.ObserveAsync(
            [.. events.Where(one => !unsent.Contains(one.EventId)).Select(one => one with { User = Customer })]);
        AssertAlike(await plain.ProfileAsync(Customer), await engine.ProfileAsync(Customer));
        ObserveReply resent = await engine.ObserveAsync(
            [.. events.Select(one => one with { User = Customer })]);
        Assert.Equal(Enumerable.Repeat(EntryStatus.Duplicate, 16), resent.Statuses.TakeLast(16));
    }

    [Fact]
    public async Task Merge_WhileUsersAct_LosesAndDoublesNothing()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        Task[] clients = [.. Enumerable.Range(0, 12).Select(client => Task.Run(async () =>
        {
            for (int round = 0; round < 25; round++)
            {
                await engine.ObserveAsync([Click("v-" + client, round, NowMs), Click("c-" + (client % 4), 1, NowMs)]);
                await engine.MergeAsync("v-" + client, "c-" + (client % 4));
            }
        }))];
        await Task.WhenAll(clients);

        ulong total = 0;
        for (int customer = 0; customer < 4; customer++)
        {
            InterestProfile profile = await engine.ProfileAsync("c-" + customer);
            total += profile.EventCount;
            Assert.Equal((double)profile.EventCount, profile.Masses[2], 1e-3);
        }

        Assert.Equal(600UL, total);
    }

    [Fact]
    public async Task Merge_TheSchemaChangesMeanwhile_BringsTheLastEvents()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        string from = Visitors.First(name => PartitionOf(name) != PartitionOf(Customer));
        await engine.ObserveAsync([.. Events(from, 10).Where(one => one.User == from)]);
        await StepAsync(engine, from, stepsDone: 1);
        await engine.ChangeSchemaAsync(Schema with { Number = 2, HalfLives = [TimeSpan.FromDays(2)] });

        await engine.MergeAsync(from, Customer);

        InterestProfile profile = await engine.ProfileAsync(Customer);
        Assert.Equal((10UL, 1), (profile.EventCount, profile.Masses.Length));
    }

    [Fact]
    public async Task Merge_AfterTheRetention_TheFirstKeyIsInNoFile()
    {
        const string Secret = "visitor-whose-key-stands-nowhere-else";
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path) with
        {
            Log = new EventLogOptions { RetentionTime = TimeSpan.FromHours(2) },
        };
        await using InterestEngine engine = await OpenWithItemsAsync(options);
        await engine.ObserveAsync([Click(Secret, 3, NowMs)], new WriteOptions(AckLevel.Durable));
        await engine.MergeAsync(Secret, Customer);
        Assert.True(IsInAFile(folder.Path, Secret));

        ((FixedClock)options.Clock).Advance(TimeSpan.FromHours(2));
        await engine.EraseForgottenAsync();

        Assert.False(IsInAFile(folder.Path, Secret));
        Assert.True((await engine.ProfileAsync(Customer)).Known);
    }

    [Theory]
    [InlineData("ann", "ann", EntryStatus.Malformed)]
    [InlineData("ann", "", EntryStatus.IdLength)]
    public async Task Merge_KeysThatCannotBe_IsRefused(string from, string to, EntryStatus status)
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync([Click("ann", 1, NowMs)]);
        EngineRequestException refused =
            await Assert.ThrowsAsync<EngineRequestException>(() => engine.MergeAsync(from, to));
        Assert.Equal(status, refused.Status);
        Assert.True((await engine.ProfileAsync("ann")).Known);
    }

    private static TrendQuestion All => new() { CountMax = 1000, NowMs = NowMs };

    private static EngineOptions Options(string? folder = null) =>
        EngineFixture.Options(folder, PartitionCount) with { Schema = Schema };

    private static ushort PartitionOf(string user) =>
        StableHash.PlaceOf(Encoding.UTF8.GetBytes(user), PartitionCount).Partition;

    /// <summary>Of the visitor and the customer in turn, an hour apart, in the order of time.</summary>
    private static BehaviourEvent[] Events(string visitor, int each)
    {
        var random = new Random(42);
        return [.. Enumerable.Range(0, 2 * each).Select(index => Click(
            index % 2 == 0 ? visitor : Customer, random.Next(200), NowMs - ((2 * each) - index) * 3_600_000L))];
    }

    private static async Task<OpaqueId[]> ListAsync(InterestEngine engine)
    {
        Recommendation list =
            await engine.RecommendAsync(Customer, new RecommendQuery { Count = 10, NowMs = NowMs });
        return [.. list.Items.Select(item => item.Item)];
    }

    private static void AssertAlike(InterestProfile plain, InterestProfile merged)
    {
        Assert.Equal(plain.EventCount, merged.EventCount);
        Assert.Equal(plain.LastEventMs, merged.LastEventMs);
        Assert.Equal(plain.RecentEvents, merged.RecentEvents);
        Assert.All(plain.Masses.Zip(merged.Masses), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        Assert.All(plain.Direction.Zip(merged.Direction), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    private static void AssertDemand(TrendReport plain, TrendReport merged)
    {
        var byName = plain.Items.ToDictionary(one => one.Name, one => one.NextWeek);
        Assert.Equal(byName.Keys.Order(), merged.Items.Select(one => one.Name).Order());
        Assert.All(merged.Items, one => Assert.Equal(byName[one.Name], one.NextWeek, 1e-3));
    }

    /// <summary>The first steps of a merge as UserMerges takes them, and no more.</summary>
    private static async Task StepAsync(InterestEngine engine, string from, int stepsDone)
    {
        EngineCore core = engine.Core;
        var turns = new MergeTurns(core.Catalogue);
        ushort source = PartitionOf(from);
        ushort target = PartitionOf(Customer);
        var request = new EngineRequest { Kind = RequestKind.Merge };
        request.SetUser(Encoding.UTF8.GetBytes(from));
        request.SetSubject(Encoding.UTF8.GetBytes(Customer));
        PendingMerge? merge = null;
        if (stepsDone > 0)
        {
            await InTurnAsync(core.Partitions[source], batch => turns.TakeOut(request, batch));
            merge = core.Partitions[source].Batch.Parts.State.Merges.First;
        }

        if (stepsDone > 1)
        {
            await InTurnAsync(core.Partitions[target], batch => turns.PutIn(merge!, source, batch));
        }

        await core.Log.CommitAsync(source);
        await core.Log.CommitAsync(target);
    }

    private static Task<T> InTurnAsync<T>(Partition partition, Func<PartitionBatch, T> step)
    {
        var turn = new ExclusiveTurn<T>(at => step(at.Batch));
        partition.Post(turn);
        return turn.Result;
    }

    private static bool IsInAFile(string folder, string key) =>
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Any(file =>
        {
            if (Path.GetFileName(file) is "lock" or "LOCK")
            {
                return false;
            }

            using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(key)) >= 0;
        });

    private static async Task<byte[]> HashOfAsync(string folder, bool replaysAll)
    {
        await using InterestEngine engine =
            await InterestEngine.OpenAsync(Options(folder) with { ReplayWholeLog = replaysAll });
        return await engine.ComputeStateHashAsync();
    }
}
