using Ebb.Kernels.Backends;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>Several threads in a call, several calls at once, and nothing allocated.</summary>
public sealed class TopKThreadTests
{
    private const int Dimension = 64;
    private const int RowCount = 70_000;

    private readonly Random _random = new(RandomVectors.Seed);

    [Fact]
    public void TopK_ManyThreads_SameAnswerAsOne()
    {
        using CpuBackend one = new(threads: 1);
        using CpuBackend many = new(threads: 4);
        using ItemMatrix items = Fill(one);
        TopKRequest[] expected = Batch(7);
        TopKRequest[] actual = Batch(7, expected);
        one.TopK(items, expected);
        for (int round = 0; round < 10; round++)
        {
            many.TopK(items, actual);
            AssertSame(expected, actual);
        }
    }

    [Fact]
    public void TopK_CallsAtOnce_DoNotDisturbEachOther()
    {
        using CpuBackend backend = new(threads: 3);
        using ItemMatrix items = Fill(backend);
        TopKRequest[][] batches = [.. Enumerable.Range(0, 4).Select(at => Batch(1 + at))];
        TopKRequest[][] expected = [.. batches.Select(batch => Batch(batch.Length, batch))];
        foreach (TopKRequest[] batch in expected)
        {
            backend.TopK(items, batch);
        }

        Parallel.For(0, 4, at =>
        {
            for (int round = 0; round < 5; round++)
            {
                backend.TopK(items, batches[at]);
                AssertSame(expected[at], batches[at]);
            }
        });
    }

    [Fact]
    public void TopK_SteadyState_AllocatesNothing()
    {
        using CpuBackend backend = new(threads: 1);
        using ItemMatrix items = Fill(backend);
        TopKRequest[] batch = Batch(3);
        int[] indices = [1, 2, 3, 4, 5];
        float[] scores = new float[5];
        backend.TopK(items, batch);
        backend.Score(items, batch[0].Query, indices, scores);
        long before = GC.GetAllocatedBytesForCurrentThread();
        backend.TopK(items, batch);
        backend.Score(items, batch[0].Query, indices, scores);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void TopK_MatrixOfAnotherKind_Throws()
    {
        using CpuBackend backend = new(threads: 1);
        using ItemMatrix foreign = new ForeignMatrix();
        Assert.Throws<ArgumentException>(() => backend.TopK(foreign, Batch(1)));
    }

    private ItemMatrix Fill(CpuBackend backend)
    {
        ItemMatrix items = backend.CreateItems(Dimension, new MemoryBudget(1L << 30));
        items.EnsureCapacity(RowCount);
        float[] vector = RandomVectors.Normal(_random, Dimension);
        for (int row = 0; row < RowCount; row++)
        {
            // Cheaper than fresh vectors; every tenth row repeats, so ties cross the threads' borders.
            vector[row % Dimension] += row % 10 == 0 ? 0 : _random.NextSingle() - 0.5f;
            items.Write(row, vector);
        }

        items.Publish(RowCount);
        return items;
    }

    private TopKRequest[] Batch(int size, TopKRequest[]? like = null) =>
    [
        .. Enumerable.Range(0, size).Select(at => new TopKRequest
        {
            Query = like?[at].Query ?? RandomVectors.Normal(_random, Dimension),
            K = 10 + (at * 100),
            Results = new ScoredItem[10 + (at * 100)],
        }),
    ];

    private static void AssertSame(TopKRequest[] expected, TopKRequest[] actual)
    {
        for (int at = 0; at < expected.Length; at++)
        {
            Assert.Equal(expected[at].Count, actual[at].Count);
            Assert.Equal(expected[at].Results, actual[at].Results);
        }
    }

    private sealed class ForeignMatrix : ItemMatrix
    {
        public override int Dimension => 64;

        public override int Count => 0;

        public override long ReservedBytes => 0;

        public override int RowBytes => 0;

        public override void EnsureCapacity(int rowCount) => throw new NotSupportedException();

        public override void Write(int index, ReadOnlySpan<float> vector) => throw new NotSupportedException();

        public override void Publish(int rowCount) => throw new NotSupportedException();

        public override ReadOnlySpan<float> Row(int index) => throw new NotSupportedException();

        public override void Dispose()
        {
        }
    }
}
