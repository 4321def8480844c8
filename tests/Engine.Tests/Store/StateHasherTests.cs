using Ebb.Engine.Store;
using Xunit;

namespace Ebb.Engine.Tests.Store;

public sealed class StateHasherTests
{
    private const int UserCount = 1_000;

    private static readonly RecordShape Shape = StoreSamples.Shape;

    [Theory]
    [InlineData(1, 1 << 24)]
    [InlineData(3, 1)]
    [InlineData(8, 1 << 24)]
    public void Compute_SameUsers_OrderPartitionsEpochAndMemoryDoNotMatter(int partitionCount, long memoryBytes)
    {
        byte[] expected = HashOf(Enumerable.Range(0, UserCount), 1, 1 << 24, epoch: 1);
        int[] shuffled = [.. Enumerable.Range(0, UserCount)];
        new Random(StoreSamples.Seed).Shuffle(shuffled);
        Assert.Equal(expected, HashOf(shuffled, partitionCount, memoryBytes, epoch: 9));
    }

    [Fact]
    public void Compute_AnythingFoldedDiffers_HashDiffers()
    {
        byte[] expected = HashOf(Enumerable.Range(0, 10), 1, 1, epoch: 1);
        Assert.NotEqual(expected, HashOf(Enumerable.Range(0, 11), 1, 1, epoch: 1));
        Assert.NotEqual(expected, HashOf(Enumerable.Range(0, 10), 1, 1, epoch: 1, state: [1]));
        Assert.NotEqual(expected, HashOf(Enumerable.Range(0, 10), 1, 1, epoch: 1, flags: 1));
    }

    private static byte[] HashOf(
        IEnumerable<int> users,
        int partitionCount,
        long memoryBytes,
        uint epoch,
        byte[]? state = null,
        ushort flags = 0)
    {
        InterestStore[] stores = new InterestStore[partitionCount];
        for (int partition = 0; partition < partitionCount; partition++)
        {
            stores[partition] = new InterestStore(null, partition, Shape, memoryBytes, UserCount);
        }

        foreach (int user in users)
        {
            byte[] bytes = StoreSamples.Record(Shape, user, 1);
            var record = new UserRecord(bytes, Shape) { Epoch = epoch, Sequence = epoch * 100, Flags = flags };
            record.Seal();
            stores[user % partitionCount].Write(StoreSamples.Key(user), bytes);
        }

        byte[] hash = StateHasher.Compute(stores, state);
        foreach (InterestStore store in stores)
        {
            store.Dispose();
        }

        return hash;
    }
}
