using Ebb.Kernels.Memory;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

public sealed class NativeItemMatrixTests
{
    private readonly Random _random = new(RandomVectors.Seed);

    [Fact]
    public void Write_EveryDimension_RowsReadBackAndNeighboursStay()
    {
        MemoryBudget budget = new(long.MaxValue);
        for (int dimension = 1; dimension <= 257; dimension += 4)
        {
            using NativeItemMatrix items = new(dimension, budget);
            items.EnsureCapacity(3);
            float[][] rows = [.. Enumerable.Range(0, 3).Select(_ => RandomVectors.Normal(_random, dimension))];
            foreach (int index in new[] { 1, 0, 2, 1 })
            {
                items.Write(index, rows[index]);
            }

            for (int index = 0; index < 3; index++)
            {
                BitAssert.Equal(rows[index], items.Row(index), $"D={dimension}, row {index}");
            }
        }
    }

    [Fact]
    public void Count_IsWhatWasPublished()
    {
        using NativeItemMatrix items = new(4, new MemoryBudget(1 << 30));
        Assert.Equal(0, items.Count);
        items.EnsureCapacity(10);
        items.Write(9, [1, 2, 3, 4]);
        Assert.Equal(0, items.Count);
        items.Publish(10);
        Assert.Equal(10, items.Count);
        BitAssert.Equal(new float[4], items.Row(5), "a row never written");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Write_NotFinite_ThrowsAndLeavesTheRow(float bad)
    {
        using NativeItemMatrix items = new(3, new MemoryBudget(1 << 30));
        items.EnsureCapacity(1);
        items.Write(0, [1, 2, 3]);
        Assert.Throws<ArgumentException>(() => items.Write(0, [7, bad, 7]));
        BitAssert.Equal([1, 2, 3], items.Row(0), "row");
    }

    [Fact]
    public void Write_LengthOrIndexWrong_Throws()
    {
        using NativeItemMatrix items = new(3, new MemoryBudget(1 << 30));
        Assert.Throws<ArgumentOutOfRangeException>(() => items.Write(0, [1, 2, 3]));
        items.EnsureCapacity(1);
        Assert.Throws<ArgumentException>(() => items.Write(0, [1, 2]));
        Assert.Throws<ArgumentException>(() => items.Write(0, [1, 2, 3, 4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => items.Write(-1, [1, 2, 3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => items.Row(items.ChunkRowCount));
        Assert.Throws<ArgumentOutOfRangeException>(() => items.Publish(items.ChunkRowCount + 1));
    }

    [Fact]
    public void EnsureCapacity_PastTheBudget_RefusedWithTheFigure()
    {
        MemoryBudget budget = new(20 << 20);
        using NativeItemMatrix items = new(64, budget);
        items.EnsureCapacity(1000);
        long before = items.ReservedBytes;
        MemoryBudgetExceededException refusal =
            Assert.Throws<MemoryBudgetExceededException>(() => items.EnsureCapacity(10_000_000));

        // 10M rows × 64 floats and a norm: 2.6 GB, in chunks of 16384 rows, less the chunk that is there; 64
        // codes and the sixteenth of a tile's 16 bytes more; on AVX2 nibbles, an error and the same again.
        int nibbleBytes = NibbleFormat.IsFor(64) ? 32 + 2 : 0;
        Assert.Equal((611 - 1) * 16384L * ((65 * 4) + 64 + 1 + nibbleBytes), refusal.NeededBytes);
        Assert.Contains($"{refusal.NeededBytes:N0}", refusal.Message);
        Assert.Contains("10,000,000 rows", refusal.Message);
        Assert.Equal(before, items.ReservedBytes);
        Assert.Equal(before, budget.ReservedBytes);
        items.Write(999, new float[64]);
    }

    [Fact]
    public void Dispose_GivesTheBudgetBack()
    {
        MemoryBudget budget = new(1 << 30);
        NativeItemMatrix items = new(7, budget);
        items.EnsureCapacity(500_000);
        Assert.Equal(items.ReservedBytes, budget.ReservedBytes);
        Assert.True(budget.ReservedBytes >= 500_000L * 8 * 4);
        items.Dispose();
        items.Dispose();
        Assert.Equal(0, budget.ReservedBytes);
        Assert.Throws<ObjectDisposedException>(() => items.Row(0));
        Assert.Throws<ObjectDisposedException>(() => items.Write(0, new float[7]));
        Assert.Throws<ObjectDisposedException>(() => items.EnsureCapacity(1));
    }

    [Fact]
    public void Rows_PastTwoToTheThirtyOneElements_AreTheirOwn()
    {
        // 2^31 elements are 2^21 rows here, 8 GiB of address space; only pages of rows that are written are touched.
        Assert.SkipUnless(OperatingSystem.IsLinux(), "untouched pages cost nothing on Linux; elsewhere 8 GiB might");
        const int RowCount = (1 << 21) + 3;
        using NativeItemMatrix items = new(1024, new MemoryBudget(long.MaxValue));
        items.EnsureCapacity(RowCount);
        int[] written = [0, 1, (1 << 19) - 1, 1 << 19, 1 << 20, (1 << 21) - 1, 1 << 21, RowCount - 1];
        foreach (int index in written)
        {
            float[] row = new float[1024];
            row[0] = index;
            row[1023] = -index;
            items.Write(index, row);
        }

        foreach (int index in written)
        {
            Assert.Equal((index, -index), ((int)items.Row(index)[0], (int)items.Row(index)[1023]));
        }
    }

    [Fact]
    public unsafe void Write_AnyVector_NormBoundIsAboveTheNormAndClose()
    {
        using NativeItemMatrix items = new(100, new MemoryBudget(1 << 30));
        items.EnsureCapacity(1);
        for (int round = 0; round < 500; round++)
        {
            float[] vector = RandomVectors.Spread(_random, 100, -40, 37);
            items.Write(0, vector);
            double norm = Math.Sqrt(vector.Sum(x => (double)x * x));
            float bound = *items.NormPointer(0);
            Assert.True(bound >= norm);
            Assert.True(bound <= MathF.BitIncrement(MathF.BitIncrement((float)norm)));
        }

        items.Write(0, new float[100]);
        Assert.Equal(0f, *items.NormPointer(0));
        float[] giant = new float[100];
        Array.Fill(giant, float.MaxValue);
        items.Write(0, giant);
        Assert.Equal(float.PositiveInfinity, *items.NormPointer(0));
    }
}
