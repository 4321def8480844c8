using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>The codes, their limits and the bound made of them, each on its own.</summary>
public sealed unsafe class CodeScanTests
{
    private readonly Random _random = new(RandomVectors.Seed);

    [Fact]
    public void Codes_AnyVectors_StayWithinTheirLimits()
    {
        CodeCases.ForEach((items, _) =>
        {
            double halfNormMax = CodeFormat.ItemHalfNormMax(items.Stride);
            for (int row = 0; row < CodeCases.RowCount; row++)
            {
                double[] halves = new double[2 * CodeFormat.SectionCount(items.Stride)];
                for (int d = 0; d < items.Stride; d++)
                {
                    int code = CodeCases.Code(items, row, d);
                    Assert.InRange(code, -CodeFormat.ItemCodeMax, CodeFormat.ItemCodeMax);
                    halves[(d / CodeFormat.SectionStride(items.Stride) * 2) + (d % 4 / 2)] += code * code;
                }

                Assert.True(Math.Sqrt(halves.Max()) <= halfNormMax);
            }
        });
    }

    [Fact]
    public void Bound_AnyVectors_HoldsTheScoreAndIsNotVacuous()
    {
        double worst = 0;
        CodeCases.ForEach((items, query) =>
        {
            TopKBatch batch = CodeCases.Batch(items, query);
            QueryBound bound = batch.Codes.Bound(0);
            for (int row = 0; row < CodeCases.RowCount; row++)
            {
                int sum = CodeCases.Sum(items, row, batch, 0);
                TileBounds tile = items.Bounds(row & ~15);
                short held = CodeCases.Held(items, sum);
                CodeError found = new(bound, *tile.Scale, *tile.Error, *tile.Norm);
                (float lower, float upper) = (found.Lower(held), found.Upper(held));
                double score = Enumerable.Range(0, query.Length).Sum(d => (double)query[d] * items.Row(row)[d]);
                Assert.True(lower <= score && score <= upper, $"row {row}: {found}, score {score}");
                double near = (double)bound.Scale * *tile.Scale * sum / (1 << CodeFormat.SumShift(items.Stride));
                double error = (double)bound.Scale * *tile.Scale
                    * (((double)bound.CodeNorm * *tile.Error) + ((double)bound.Lost * *tile.Norm));
                worst = error == 0 ? worst : Math.Max(worst, Math.Abs(near - score) / error);
            }
        });

        // Above 1 the proof is wrong. A bound of zero, or a tenth of this one, fails above; near 0 nothing would.
        Assert.InRange(worst, 0.1, 1);
    }

    [Fact]
    public void Limits_AnyThreshold_LetEveryRowPassThatMayScoreIt()
    {
        CodeCases.ForEach((items, query) =>
        {
            TopKBatch batch = CodeCases.Batch(items, query);
            QueryBound bound = batch.Codes.Bound(0);
            int* limits = stackalloc int[64];
            float* factors = stackalloc float[3];
            for (int row = 0; row < CodeCases.RowCount; row++)
            {
                // At the very threshold that its upper bound allows, a row's sum passes.
                TileBounds tile = items.Bounds(row & ~15);
                short held = CodeCases.Held(items, CodeCases.Sum(items, row, batch, 0));
                CodeError found = new(bound, *tile.Scale, *tile.Error, *tile.Norm);
                (float lower, float upper) = (found.Lower(held), found.Upper(held));
                double top = upper - ((upper - lower) * 1e-5);
                CodeLimits.Factors(bound, (float)Math.Min(top, float.MaxValue), factors);
                CodeLimits.Fill(items.Bounds(0), CodeCases.TileCount, factors, limits);
                Assert.True((short)limits[row / 16] <= held);
                Assert.Equal((short)limits[row / 16], (short)(limits[row / 16] >> 16));
            }
        });
    }

    [Fact]
    public void Scan_RandomData_FewSurviveAndAllEqualLeaves()
    {
        Assert.False(IsCostly(_ => RandomVectors.Normal(_random, 64)));
        Assert.True(IsCostly(_ => [.. Enumerable.Range(0, 64).Select(d => (float)d)]));
    }

    private bool IsCostly(Func<int, float[]> row)
    {
        using NativeItemMatrix items = new(64, new MemoryBudget(1 << 30));
        items.EnsureCapacity(4096);
        for (int index = 0; index < 4096; index++)
        {
            items.Write(index, row(index));
        }

        items.Publish(4096);
        TopKBatch batch = CodeCases.Batch(items, RandomVectors.Normal(_random, 64));
        CodeWorker worker = new();
        worker.Begin(batch);
        Assert.Equal([0], worker.Queries.ToArray());
        for (int first = 0; first < 4096; first += 1024)
        {
            worker.Scan(first, 1024);
        }

        return worker.IsCostly(0);
    }
}
