using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>
/// The fp32 scan of every register width, emulated where the machine lacks it: never further from the exact score than
/// the proven bound, on data made to be hard.
/// </summary>
public sealed unsafe class DotScanTests
{
    private const int RowCount = 12;

    private readonly Random _random = new(RandomVectors.Seed);

    private delegate void One(float* rows, int rowCount, int stride, float* query, float* dots);

    private delegate void Two(float* rows, int rowCount, int stride, float* queries, float* dots, int dotStride);

    [Fact]
    public void Dots_Scalar_WithinTheBound() => CheckOne(DotScanScalar.One, 4);

    [Fact]
    public void Dots_Width128_WithinTheBound() => CheckBoth(DotScan128.One, DotScan128.Two, 4);

    [Fact]
    public void Dots_Width256_WithinTheBound() => CheckBoth(DotScan256.One, DotScan256.Two, 8);

    [Fact]
    public void Dots_Width512_WithinTheBound() => CheckBoth(DotScan512.One, DotScan512.Two, 16);

    [Fact]
    public void Dots_ThisMachine_WithinTheBound() => CheckBoth(DotScan.One, DotScan.Two, DotScan.LaneCount);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(100)]
    [InlineData(256)]
    public void Collect_AnyRowCount_KeepsWhatMayEnter(int rowCount)
    {
        float[] dots = RandomVectors.Normal(_random, 256);
        float[] norms = [.. RandomVectors.Normal(_random, 256).Select(MathF.Abs)];
        dots[rowCount / 2] = float.NaN;
        int[] candidates = new int[256];
        fixed (float* d = dots, n = norms)
        fixed (int* c = candidates)
        {
            int count = CandidateFilter.Collect(d, n, rowCount, 0.01f, 0.5f, c);
            int[] expected =
                [.. Enumerable.Range(0, rowCount).Where(row => !(dots[row] + (0.01f * norms[row]) < 0.5f))];
            Assert.Equal(expected, candidates[..count]);
            Assert.Equal(norms[..rowCount].Max(), CandidateFilter.NormMax(n, rowCount));
        }
    }

    private void CheckBoth(One one, Two two, int laneCount)
    {
        CheckOne(one, laneCount);
        CheckOne(
            (rows, rowCount, stride, query, dots) =>
            {
                float* pair = stackalloc float[2 * stride];
                float* pairDots = stackalloc float[2 * RowCount];
                new Span<float>(query, stride).CopyTo(new Span<float>(pair + stride, stride));
                new Span<float>(pair, stride).Clear();
                two(rows, rowCount, stride, pair, pairDots, RowCount);
                new Span<float>(pairDots + RowCount, RowCount).CopyTo(new Span<float>(dots, RowCount));
                Assert.False(new Span<float>(pairDots, RowCount).ContainsAnyExcept(0f));
            },
            laneCount);
    }

    private void CheckOne(One scan, int laneCount)
    {
        double worst = 0;
        foreach (int dimension in (int[])[1, 2, 7, 8, 9, 15, 16, 17, 24, 31, 33, 64, 100, 255, 256, 257, 1000, 1024])
        {
            using NativeItemMatrix items = new(dimension, new MemoryBudget(1 << 30));
            items.EnsureCapacity(RowCount);
            for (int kind = 0; kind < 4; kind++)
            {
                float[] query = Vector(kind, dimension);
                for (int row = 0; row < RowCount; row++)
                {
                    items.Write(row, Vector(kind, dimension));
                }

                worst = Math.Max(worst, WorstShare(scan, laneCount, items, query));
            }
        }

        // Above 1 the proof is wrong; near 0 this test would see nothing.
        Assert.InRange(worst, 0.02, 1);
    }

    private static double WorstShare(One scan, int laneCount, NativeItemMatrix items, float[] query)
    {
        int stride = items.Stride;
        int dimension = items.Dimension;
        float* padded = stackalloc float[stride];
        float* dots = stackalloc float[RowCount];
        new Span<float>(padded, stride).Clear();
        query.CopyTo(new Span<float>(padded, stride));
        scan(items.RowPointer(0), RowCount, stride, padded, dots);
        double queryNorm = RoundedNorm.AboveDouble(query.Sum(x => (double)x * x));
        int roundingCount = 1 + ((stride + laneCount - 1) / laneCount) + laneCount;
        float error = ScanBound.PerRowNorm(queryNorm, dimension, roundingCount);
        double worst = 0;
        for (int row = 0; row < RowCount; row++)
        {
            double exact = 0;
            for (int d = 0; d < dimension; d++)
            {
                exact += (double)query[d] * items.Row(row)[d];
            }

            double bound = ((double)error * *items.NormPointer(row)) + ScanBound.Absolute(dimension);
            worst = Math.Max(worst, Math.Abs(dots[row] - exact) / bound);
        }

        return worst;
    }

    private float[] Vector(int kind, int dimension)
    {
        float[] vector = RandomVectors.Normal(_random, dimension);
        for (int d = 0; d < dimension; d++)
        {
            vector[d] = kind switch
            {
                0 => vector[d],
                1 => Math.Abs(vector[d]),
                2 => vector[d] * (float)Math.Pow(10, _random.Next(-20, 18)),
                _ => vector[d] * 1e-22f,
            };
        }

        return vector;
    }
}
