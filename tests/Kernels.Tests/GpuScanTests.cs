#if EBB_ILGPU
using Ebb.Kernels.Backends;
using Ebb.Kernels.Gpu;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>
/// Both scans with samples, filters, biases, overflowing candidates and slices, against the reference; and that it is
/// the device that answered. One sealed class a device.
/// </summary>
public abstract class GpuScanTests
{
    private readonly MemoryBudget _budget = new(1L << 30);
    private readonly Random _random = new(RandomVectors.Seed);

    private string _failure = "";

    // Room for 64 candidates: a catalogue of hundreds is sampled, and overflows.
    internal static readonly GpuTuning Small =
        new() { CapacityMin = 64, CapacityMax = 64, BatchMax = 6, TileBatchMin = 4 };

    /// <summary>A backend with those sizes, or a skip with the reason.</summary>
    internal abstract GpuBackend Open(GpuTuning tuning);

    [Theory]
    [InlineData(1, 20, 16)]
    [InlineData(3, 64, 16)]
    [InlineData(9, 20, 16)]
    [InlineData(4, 20, 4)]
    [InlineData(5, 130, 4)]
    public void TopK_SampledScan_DeviceMatchesReference(int batchSize, int dimension, int tileBatchMin)
    {
        using GpuBackend backend = Open(Small with { BatchMax = 9, TileBatchMin = tileBatchMin });
        using ItemMatrix items = Fill(backend, dimension, 400);
        TopKRequest[] batch = Batch(batchSize, dimension, 3);
        Check(backend, items, batch);
        Assert.Equal(batchSize, backend.Counters.Queries);
        Assert.Equal(0, backend.Counters.CpuQueries);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void TopK_FiltersBiasesAndScoreMin_DeviceMatchesReference(int batchSize)
    {
        using GpuBackend backend = Open(Small);
        using ItemMatrix items = Fill(backend, 20, 420);
        TopKRequest[] batch = Batch(batchSize, 20, 5);
        ItemBitmap few = Bitmap(420, 0.1);
        int[] groups = [.. Enumerable.Range(0, 360).Select(row => (row % 6) - 1)];
        for (int at = 0; at < batchSize; at++)
        {
            batch[at].Excluded = (at % 4) switch { 0 => few, 1 => Bitmap(250, 0.9), 2 => Bitmap(420, 0.98), _ => null };
            batch[at].Bias = at % 3 == 2
                ? null
                : new RowBias { Groups = groups, Biases = [.. RandomVectors.Normal(_random, 4, scale: 3)] };
            batch[at].ScoreMin = at % 5 == 1 ? 4 : float.NegativeInfinity;
        }

        Check(backend, items, batch);
        Assert.Equal(batchSize, backend.Counters.Queries);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void TopK_BestRowsWhereTheSampleLooksAway_ScansAgainOnTheDevice(int batchSize)
    {
        // The rows that outscore all others lie between the stretches of either sample.
        using GpuBackend backend = Open(Small);
        using ItemMatrix items = backend.CreateItems(8, _budget);
        items.EnsureCapacity(600);
        for (int row = 0; row < 600; row++)
        {
            float scale = row is (>= 256 and < 288) or (>= 320 and < 384) ? 5 : 1;
            items.Write(row, [.. RandomVectors.Normal(_random, 8).Select(x => scale * (MathF.Abs(x) + 0.1f))]);
        }

        items.Publish(600);
        TopKRequest[] batch = Batch(batchSize, 8, 2);
        foreach (TopKRequest request in batch)
        {
            request.Query = [.. request.Query.Select(MathF.Abs)];
        }

        Check(backend, items, batch);
        Assert.True(backend.Counters.ExtraScans > 0);
        Assert.Equal(batchSize, backend.Counters.Queries);
    }

    [Fact]
    public void TopK_EqualRows_AnsweredByTheCpuAfterTheLastRound()
    {
        using GpuBackend backend = Open(Small);
        using ItemMatrix items = backend.CreateItems(8, _budget);
        float[] one = RandomVectors.Normal(_random, 8);
        items.EnsureCapacity(500);
        for (int row = 0; row < 500; row++)
        {
            items.Write(row, one);
        }

        items.Publish(500);
        TopKRequest[] batch = Batch(2, 8, 4);
        batch[0].Query = one;
        Check(backend, items, batch);
        Assert.Equal(2, backend.Counters.ExtraScans);
        Assert.Equal([0, 1, 2, 3], batch[0].Results.Take(4).Select(item => item.Index));
    }

    [Fact]
    public void TopK_MoreThanASlice_GoesThroughBothSlots()
    {
        using GpuBackend backend = Open(Small);
        using ItemMatrix items = Fill(backend, 12, 70);
        TopKRequest[] batch = Batch(13, 12, 2);
        batch[7].Query = new float[12];
        Check(backend, items, batch);
        Assert.Equal(3, backend.Counters.Batches);
        Assert.Equal(1, backend.Counters.CpuQueries);
    }

    [Fact]
    public void TopK_RowsWrittenAfterAScan_AreSeenByTheNext()
    {
        using GpuBackend backend = Open(new GpuTuning());
        using ItemMatrix items = Fill(backend, 12, 100);
        TopKRequest[] batch = Batch(1, 12, 2);
        Check(backend, items, batch);
        items.Write(77, [.. batch[0].Query.Select(x => 9 * x)]);
        items.Publish(90);
        Check(backend, items, batch);
        Assert.Equal(77, batch[0].Results[0].Index);
        items.EnsureCapacity(60_000);
        items.Write(50_000, [.. batch[0].Query.Select(x => 99 * x)]);
        items.Publish(50_001);
        Check(backend, items, batch);
        Assert.Equal(50_000, batch[0].Results[0].Index);
        Assert.Equal(0, backend.Counters.CpuQueries);
    }

    private protected void Note(string failure) => _failure = failure;

    private ItemMatrix Fill(GpuBackend backend, int dimension, int rowCount)
    {
        ItemMatrix items = backend.CreateItems(dimension, _budget);
        items.EnsureCapacity(rowCount);
        for (int row = 0; row < rowCount; row++)
        {
            items.Write(row, RandomVectors.Normal(_random, dimension));
        }

        items.Publish(rowCount);
        return items;
    }

    private TopKRequest[] Batch(int size, int dimension, int k) =>
    [
        .. Enumerable.Range(0, size).Select(at => new TopKRequest
        {
            Query = RandomVectors.Normal(_random, dimension),
            K = k + (at % 3),
            Results = new ScoredItem[k + 2],
        }),
    ];

    private ItemBitmap Bitmap(int rowCount, double share)
    {
        ItemBitmap bitmap = new(rowCount);
        for (int row = 0; row < rowCount; row++)
        {
            bitmap[row] = _random.NextDouble() < share;
        }

        return bitmap;
    }

    private void Check(GpuBackend backend, ItemMatrix items, TopKRequest[] batch)
    {
        backend.TopK(items, batch);
        Assert.Equal("", _failure);
        foreach (TopKRequest request in batch)
        {
            TopKRequest expected = new()
            {
                Query = request.Query,
                K = request.K,
                Excluded = request.Excluded,
                Bias = request.Bias,
                ScoreMin = request.ScoreMin,
                Results = new ScoredItem[request.K],
            };
            TopKReference.TopK(items, [expected]);
            Assert.Equal(
                expected.Results.Take(expected.Count), request.Results.Take(request.Count));
        }

    }
}
#endif
