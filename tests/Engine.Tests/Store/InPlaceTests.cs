using Ebb.Engine.Interest;
using Ebb.Engine.Store;
using Xunit;

namespace Ebb.Engine.Tests.Store;

/// <summary>Records changed where they stand, against the plain way of reading and writing them whole.</summary>
public sealed unsafe class InPlaceTests
{
    private const int UserCount = 4_000;
    private const int BatchCount = 100;

    private static readonly RecordShape Shape = StoreSamples.Shape;

    [Theory]
    [InlineData(10)]
    [InlineData(1000)]
    public void WorkingSet_RandomBatches_LeavesWhatThePlainStoreHolds(int percentInMemory)
    {
        using var folder = new TemporaryFolder();
        long memoryBytes = UserCount * (long)Shape.RecordBytes * percentInMemory / 100;
        using var store = new InterestStore(folder.Path, 0, Shape, memoryBytes, UserCount);
        using var plain = new InterestStore(null, 1, Shape, 64 << 20, UserCount);
        var users = new UserWorkingSet(Shape);
        var random = new Random(StoreSamples.Seed);
        int inPlace = 0;
        int elsewhere = 0;
        for (int batch = 0; batch < 400; batch++)
        {
            users.Clear();
            int[] picked = [.. Enumerable.Range(0, BatchCount).Select(_ => random.Next(UserCount))];
            Array.ForEach(picked, user => users.Add(StoreSamples.Key(user)));
            users.Load(store);
            foreach (int user in picked)
            {
                byte[] key = StoreSamples.Key(user);
                int slot = users.Find(key);
                bool isInPlace = store.OpenInPlace(key, StableHash.Compute(key), store.ChangeableFrom) != 0;
                inPlace += isInPlace ? 1 : 0;
                elsewhere += isInPlace ? 0 : 1;
                (bool isThere, byte[] record) = StoreSamples.Read(plain, key);
                if (users.IsFound(slot) && !isThere)
                {
                    Assert.Fail("a user that nobody wrote");
                }

                Change(users, slot, user, random.Next());
                ChangePlain(plain, key, isThere ? record : null, user);
            }

            users.WriteBack(store);
            if (batch % 50 == 49)
            {
                byte[] gone = StoreSamples.Key(picked[0]);
                store.Delete(gone);
                plain.Delete(gone);
            }
        }

        Assert.True(inPlace > BatchCount, "nothing was changed in place");
        Assert.True(elsewhere > BatchCount, "everything was changed in place");
        Assert.Equal(percentInMemory < 100, store.SpillBytes > 0);
        AssertSame(plain, store);
    }

    [Fact]
    public void OpenInPlace_KeysOfOneBucket_GivesEachItsOwnRecordOrNone()
    {
        using var store = new InterestStore(null, 0, Shape, 1, 100);
        byte[][] keys = [.. Enumerable.Range(0, 200_000).Select(StoreSamples.Key)
            .Where(key => (StableHash.Compute(key) & 0xFFF) == 0x123).Take(20)];
        for (int user = 0; user < keys.Length; user++)
        {
            store.Write(keys[user], StoreSamples.Record(Shape, user, 1));
        }

        int found = 0;
        for (int user = 0; user < keys.Length; user++)
        {
            nint record = store.OpenInPlace(keys[user], StableHash.Compute(keys[user]), store.ChangeableFrom);
            if (record != 0)
            {
                found++;
                Assert.True(At(record).SequenceEqual(StoreSamples.Record(Shape, user, 1)));
            }

            Assert.True(StoreSamples.Read(store, keys[user]).Found);
        }

        Assert.Equal(20, keys.Length);
        Assert.Equal(8, found);
    }

    [Fact]
    public void OpenInPlace_DeletedThenMadeAgain_FollowsTheNewestRecord()
    {
        using var store = new InterestStore(null, 0, Shape, 1 << 20, 100);
        byte[] key = StoreSamples.Key(1);
        ulong hash = StableHash.Compute(key);
        Assert.Equal(0, store.OpenInPlace(key, hash, store.ChangeableFrom));

        store.Write(key, StoreSamples.Record(Shape, 1, 1));
        Assert.NotEqual(0, store.OpenInPlace(key, hash, store.ChangeableFrom));

        store.Delete(key);
        Assert.Equal(0, store.OpenInPlace(key, hash, store.ChangeableFrom));

        store.Write(key, StoreSamples.Record(Shape, 1, 2));
        nint record = store.OpenInPlace(key, hash, store.ChangeableFrom);
        Assert.True(At(record).SequenceEqual(StoreSamples.Record(Shape, 1, 2)));
    }

    [Fact]
    public void OpenRecord_ReadOrScanned_ComesSealed()
    {
        using var store = new InterestStore(null, 0, Shape, 1 << 20, 100);
        byte[] key = StoreSamples.Key(1);
        store.Write(key, StoreSamples.Record(Shape, 1, 1));
        nint place = store.OpenInPlace(key, StableHash.Compute(key), store.ChangeableFrom);
        var record = new UserRecord(new Span<byte>((void*)place, Shape.RecordBytes), Shape);
        record.Open();
        record.EventCount = 77;
        Assert.Equal(RecordCheck.BadChecksum, record.Verify());

        byte[] read = StoreSamples.Read(store, key).Record;
        byte[] scanned = CollectingSink.ScanAll(store).Users[CollectingSink.NameOf(key)];
        Assert.Equal(RecordCheck.Ok, UserRecord.Verify(read, Shape));
        Assert.Equal(77UL, new UserRecord(read, Shape).EventCount);
        Assert.Equal(read, scanned);
    }

    [Fact]
    public void ReadMany_OpenRecordOfAnotherShape_Throws()
    {
        using var store = new InterestStore(null, 0, Shape, 1 << 20, 100);
        byte[] key = StoreSamples.Key(1);
        store.Write(key, StoreSamples.Record(Shape, 1, 1));
        nint place = store.OpenInPlace(key, StableHash.Compute(key), store.ChangeableFrom);
        new UserRecord(new Span<byte>((void*)place, Shape.RecordBytes), Shape).Open();
        ((byte*)place)[UserRecord.RecentCapacityOffset] ^= 1;

        Assert.Equal(0, store.OpenInPlace(key, StableHash.Compute(key), store.ChangeableFrom));
        Assert.Throws<StoreCorruptException>(() => StoreSamples.Read(store, key));
    }

    [Fact]
    public void ChangeableFrom_AfterAWriteFault_GivesNothingInPlace()
    {
        using var folder = new TemporaryFolder();
        using var store = new InterestStore(folder.Path, 0, Shape, 1, UserCount);
        File.WriteAllText(folder.File("spill"), "a file where the folder should be");
        int written = 0;
        Assert.Throws<StoreException>(() =>
        {
            for (; written < 100_000; written++)
            {
                store.Write(StoreSamples.Key(written), StoreSamples.Record(Shape, written, 1));
            }
        });

        byte[] newest = StoreSamples.Key(written - 1);
        Assert.Equal(0, store.OpenInPlace(newest, StableHash.Compute(newest), store.ChangeableFrom));
    }

    private static void Change(UserWorkingSet users, int slot, int user, int salt)
    {
        if (!users.IsFound(slot))
        {
            StoreSamples.Fill(users.RecordBytes(slot), Shape, user, 0);
            users.MarkFound(slot);
        }

        Change(new UserRecord(users.RecordBytes(slot), Shape));
        users.MarkDirty(slot, (ulong)salt);
    }

    private static void ChangePlain(InterestStore plain, byte[] key, byte[]? record, int user)
    {
        record ??= StoreSamples.Record(Shape, user, 0);
        var changed = new UserRecord(record, Shape);
        Change(changed);
        changed.Seal();
        plain.Write(key, record);
    }

    // What is written follows from what was read, so a stale or foreign read changes all that comes after.
    private static void Change(UserRecord record)
    {
        record.EventCount++;
        record.Bank[(int)(record.EventCount % 16)] += 0.25f + record.EventCount;
        record.PushEventId(record.EventCount);
        record.PushRecent(new RecentEvent((long)record.EventCount, 1, 1, 1, 1, default));
    }

    private static void AssertSame(InterestStore plain, InterestStore store)
    {
        Dictionary<string, byte[]> expected = CollectingSink.ScanAll(plain).Users;
        Dictionary<string, byte[]> scanned = CollectingSink.ScanAll(store).Users;
        Assert.Equal(plain.Count, store.Count);
        Assert.Equal(expected.Count, scanned.Count);
        foreach ((string name, byte[] record) in expected)
        {
            Assert.Equal(record, scanned[name]);
            Assert.Equal(record, StoreSamples.Read(store, Convert.FromHexString(name)).Record);
        }
    }

    // SAFETY: of a store that nothing was written to since.
    private static ReadOnlySpan<byte> At(nint record) => new((void*)record, Shape.RecordBytes);
}
