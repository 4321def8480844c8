using Ebb.Engine.Store;
using Xunit;

namespace Ebb.Engine.Tests.Store;

public sealed class InterestStoreTests
{
    private static readonly RecordShape Shape = StoreSamples.Shape;

    [Fact]
    public void ReadMany_UnknownKnownAndDeleted_SaysWhich()
    {
        using var store = new InterestStore(null, 0, Shape, 1 << 20, 100);
        byte[] written = StoreSamples.Record(Shape, 1, 7);
        Assert.False(StoreSamples.Read(store, StoreSamples.Key(1)).Found);

        store.Write(StoreSamples.Key(1), written);
        Assert.Equal(1, store.Count);
        Assert.Equal((true, written), StoreSamples.Read(store, StoreSamples.Key(1)), SameRecord);

        store.Delete(StoreSamples.Key(1));
        store.Delete(StoreSamples.Key(2));
        Assert.Equal(0, store.Count);
        Assert.False(StoreSamples.Read(store, StoreSamples.Key(1)).Found);

        store.Write(StoreSamples.Key(1), written);
        Assert.Equal(1, store.Count);
        Assert.Equal((true, written), StoreSamples.Read(store, StoreSamples.Key(1)), SameRecord);
    }

    [Fact]
    public void ReadMany_WrongSizes_AreRefused()
    {
        using var store = new InterestStore(null, 0, Shape, 1 << 20, 100);
        byte[] record = StoreSamples.Record(Shape, 1, 1);
        Assert.Throws<ArgumentException>(() => store.Write([], record));
        Assert.Throws<ArgumentException>(() => store.Write(new byte[129], record));
        Assert.Throws<ArgumentException>(() => store.Write([1], record.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => store.ReadMany([new byte[] { 1 }], [new byte[8]], new bool[1]));
    }

    [Theory]
    [InlineData(200_000)]
    [InlineData(1)]
    public void Store_TenPercentInMemory_EqualsAllInMemory(long userCountHint)
    {
        const int UserCount = 20_000;
        const int UpdateCount = 100_000;
        const int BatchCount = 250;
        using var folder = new TemporaryFolder();
        long memoryBytes = UserCount * (long)Shape.RecordBytes / 10;
        using var spilled = new InterestStore(folder.Path, 3, Shape, memoryBytes, userCountHint);
        byte[]?[] expected = new byte[]?[UserCount];
        var random = new Random(StoreSamples.Seed);
        ReadOnlyMemory<byte>[] keys = new ReadOnlyMemory<byte>[BatchCount];
        Memory<byte>[] records = new Memory<byte>[BatchCount];
        bool[] found = new bool[BatchCount];
        int[] users = new int[BatchCount];
        for (int slot = 0; slot < BatchCount; slot++)
        {
            records[slot] = new byte[Shape.RecordBytes];
        }

        long spillBytesMax = 0;
        for (int done = 0; done < UpdateCount; done += BatchCount)
        {
            var picked = new HashSet<int>();
            for (int slot = 0; slot < BatchCount; slot++)
            {
                do
                {
                    users[slot] = random.Next(UserCount);
                }
                while (!picked.Add(users[slot]));
                keys[slot] = StoreSamples.Key(users[slot]);
            }

            spilled.ReadMany(keys, records, found);
            for (int slot = 0; slot < BatchCount; slot++)
            {
                byte[]? before = expected[users[slot]];
                Assert.Equal(before is not null, found[slot]);
                Assert.True(before is null || records[slot].Span.SequenceEqual(before));
                if (before is not null && random.Next(20) == 0)
                {
                    spilled.Delete(keys[slot].Span);
                    expected[users[slot]] = null;
                    continue;
                }

                StoreSamples.Fill(records[slot].Span, Shape, users[slot], (ulong)(done + slot));
                spilled.Write(keys[slot].Span, records[slot].Span);
                expected[users[slot]] = records[slot].ToArray();
            }

            spillBytesMax = Math.Max(spillBytesMax, spilled.LogBytes);
        }

        Assert.Equal(expected.Count(record => record is not null), spilled.Count);
        Assert.True(spilled.SpillBytes > 0, "nothing was spilled");
        Assert.True(spilled.MemoryBytes <= memoryBytes * 11 / 10, $"{spilled.MemoryBytes} of {memoryBytes}");
        Assert.True(spillBytesMax < 4 * spilled.LiveBytes, $"{spillBytesMax} for {spilled.LiveBytes} live bytes");
        CollectingSink scanned = CollectingSink.ScanAll(spilled);
        Assert.Equal(spilled.Count, scanned.Users.Count);
        for (int user = 0; user < UserCount; user++)
        {
            (bool isThere, byte[] record) = StoreSamples.Read(spilled, StoreSamples.Key(user));
            Assert.Equal(expected[user] is not null, isThere);
            if (isThere)
            {
                Assert.Equal(expected[user], record);
                Assert.Equal(record, scanned.Users[CollectingSink.NameOf(StoreSamples.Key(user))]);
            }
        }
    }

    private static bool SameRecord((bool Found, byte[] Record) left, (bool Found, byte[] Record) right) =>
        left.Found == right.Found && left.Record.AsSpan().SequenceEqual(right.Record);
}
