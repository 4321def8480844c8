using Ebb.Engine.Store;
using Xunit;

namespace Ebb.Engine.Tests.Store;

public sealed class StoreScanTests
{
    private static readonly RecordShape Shape = StoreSamples.Shape;

    [Fact]
    public void ReadNext_EmptyStore_IsComplete()
    {
        using var store = new InterestStore(null, 0, Shape, 1 << 20, 10);
        using UserScan scan = store.BeginScan();
        Assert.Equal(0, store.ReadNext(scan, 10, new CollectingSink()));
        Assert.True(scan.IsComplete);
    }

    [Theory]
    [InlineData(64 << 20, 5_000)]
    [InlineData(1, 5_000)]
    [InlineData(1, 1)]
    public void ReadNext_BetweenWrites_GivesEachUserOnceWithItsNewest(long memoryBytes, long userCountHint)
    {
        const int UserCount = 5_000;
        using var store = new InterestStore(null, 0, Shape, memoryBytes, userCountHint);
        var versions = new Dictionary<string, byte[]>();
        var random = new Random(StoreSamples.Seed);
        for (int user = 0; user < UserCount; user++)
        {
            Put(store, versions, user, 1);
        }

        // Dead versions below the scan, and users that stand there only as deleted.
        for (int round = 0; round < UserCount; round++)
        {
            Put(store, versions, random.Next(UserCount), 2);
        }

        for (int user = 0; user < UserCount; user += 10)
        {
            Remove(store, versions, user);
        }

        var presentAtStart = new HashSet<string>(versions.Keys);
        var sink = new CollectingSink();
        var deletedSince = new HashSet<string>();
        ulong version = 3;
        using UserScan scan = store.BeginScan();
        int before = 0;
        while (store.ReadNext(scan, 37, sink) != 0)
        {
            foreach ((string name, byte[] record) in sink.Users.Skip(before))
            {
                Assert.Equal(versions[name], record);
            }

            before = sink.Users.Count;
            for (int write = 0; write < 60; write++)
            {
                Put(store, versions, random.Next(UserCount + 500), version++);
            }

            int victim = random.Next(UserCount);
            if (Remove(store, versions, victim))
            {
                deletedSince.Add(CollectingSink.NameOf(StoreSamples.Key(victim)));
            }
        }

        Assert.True(scan.IsComplete);
        foreach (string name in presentAtStart)
        {
            Assert.True(sink.Users.ContainsKey(name) || deletedSince.Contains(name), name);
        }
    }

    [Fact]
    public void ReadNext_NothingButSupersededRecords_StillEndsAfterItsCount()
    {
        using var store = new InterestStore(null, 0, Shape, 1, 1000);
        var versions = new Dictionary<string, byte[]>();
        using UserScan pin = store.BeginScan();
        for (int write = 0; write < 5000; write++)
        {
            Put(store, versions, write % 500, (ulong)write);
        }

        var sink = new CollectingSink();
        using UserScan scan = store.BeginScan();
        int slices = 0;
        int looked;
        do
        {
            int before = sink.Users.Count;
            looked = store.ReadNext(scan, 32, sink);
            Assert.InRange(looked, 0, 32);
            Assert.InRange(sink.Users.Count - before, 0, looked);
            slices++;
        }
        while (looked > 0);

        Assert.Equal(500, sink.Users.Count);

        // What was written again in place left no dead record: not all 5000, but far more than the 500 of users.
        Assert.True(slices > 2 * 500 / 32, $"{slices} slices: dead records were not counted");
    }

    [Fact]
    public void ReadNext_TwoScansAtOnce_BothGiveAll()
    {
        using var store = new InterestStore(null, 0, Shape, 1, 1000);
        var versions = new Dictionary<string, byte[]>();
        for (int user = 0; user < 1000; user++)
        {
            Put(store, versions, user, 1);
        }

        var first = new CollectingSink();
        var second = new CollectingSink();
        using UserScan firstScan = store.BeginScan();
        using UserScan secondScan = store.BeginScan();
        while (store.ReadNext(firstScan, 100, first) + store.ReadNext(secondScan, 3, second) != 0)
        {
        }

        Assert.Equal(1000, first.Users.Count);
        Assert.Equal(1000, second.Users.Count);
    }

    [Fact]
    public void BeginScan_LeftUnfinished_StopsHoldingTheLogWhenDisposed()
    {
        using var store = new InterestStore(null, 0, Shape, 1, 1000);
        var versions = new Dictionary<string, byte[]>();
        UserScan scan = store.BeginScan();
        for (int write = 0; write < 10_000; write++)
        {
            Put(store, versions, write % 1000, (ulong)write);
        }

        long held = store.LogBytes;
        scan.Dispose();
        for (int write = 0; write < 10_000; write++)
        {
            Put(store, versions, write % 1000, (ulong)write);
        }

        Assert.True(held > 8 * store.LiveBytes, $"{held} bytes held for {store.LiveBytes} live ones");
        Assert.True(store.LogBytes < 3 * store.LiveBytes, $"{store.LogBytes} for {store.LiveBytes} live bytes");
    }

    private static void Put(InterestStore store, Dictionary<string, byte[]> versions, int user, ulong version)
    {
        byte[] key = StoreSamples.Key(user);
        byte[] record = StoreSamples.Record(Shape, user, version);
        store.Write(key, record);
        versions[CollectingSink.NameOf(key)] = record;
        Assert.Equal(versions.Count, store.Count);
    }

    private static bool Remove(InterestStore store, Dictionary<string, byte[]> versions, int user)
    {
        byte[] key = StoreSamples.Key(user);
        store.Delete(key);
        bool removed = versions.Remove(CollectingSink.NameOf(key));
        Assert.Equal(versions.Count, store.Count);
        return removed;
    }
}
