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
        using var folder = new TemporaryFolder();
        long memoryBytes = UserCount * (long)Shape.RecordBytes / 10;
        using var spilled = new InterestStore(folder.Path, 3, Shape, memoryBytes, userCountHint);
        using var inMemory = new InterestStore(null, 3, Shape, 20 * memoryBytes, UserCount);
        var spilledRun = new RandomUpdates(spilled, UserCount);
        var memoryRun = new RandomUpdates(inMemory, UserCount);
        spilledRun.Run(UpdateCount);
        memoryRun.Run(UpdateCount);

        Assert.True(spilled.SpillBytes > 0, "nothing was spilled");
        Assert.Equal(0, inMemory.SpillBytes);
        Assert.True(spilled.MemoryBytes <= memoryBytes * 11 / 10, $"{spilled.MemoryBytes} of {memoryBytes}");
        Assert.True(
            spilledRun.LogBytesMax < 4 * spilled.LiveBytes, $"{spilledRun.LogBytesMax} for {spilled.LiveBytes} live");
        Assert.Equal(inMemory.Count, spilled.Count);
        Assert.InRange(spilled.Count, UserCount / 2, UserCount);
        Dictionary<string, byte[]> expected = CollectingSink.ScanAll(inMemory).Users;
        Dictionary<string, byte[]> scanned = CollectingSink.ScanAll(spilled).Users;
        Assert.Equal(expected.Count, scanned.Count);
        Assert.Equal(spilled.Count, scanned.Count);
        for (int user = 0; user < UserCount; user++)
        {
            byte[] key = StoreSamples.Key(user);
            (bool isThere, byte[] record) = StoreSamples.Read(spilled, key);
            Assert.Equal(expected.TryGetValue(CollectingSink.NameOf(key), out byte[]? bytes), isThere);
            if (isThere)
            {
                Assert.Equal(bytes, record);
                Assert.Equal(bytes, scanned[CollectingSink.NameOf(key)]);
            }
        }
    }

    private static bool SameRecord((bool Found, byte[] Record) left, (bool Found, byte[] Record) right) =>
        left.Found == right.Found && left.Record.AsSpan().SequenceEqual(right.Record);
}
