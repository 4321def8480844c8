using System.Runtime.Intrinsics.X86;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>The codes, their limits, the sums of the AVX2 tiles and the bound made of them, each on its own.</summary>
public sealed unsafe class CodeScanTests
{
    private const int RowCount = 64;
    private const int TileCount = RowCount / CodeFormat.TileRows;

    private static readonly int[] Dimensions = [1, 2, 3, 4, 7, 8, 31, 64, 100, 128, 200, 255, 256];

    private readonly Random _random = new(RandomVectors.Seed);

    [Fact]
    public void Codes_AnyVectors_StayWithinTheirLimits()
    {
        SkipWithoutCodes();
        ForEachCase((items, _) =>
        {
            double halfNormMax = CodeFormat.ItemHalfNormMax(items.Stride);
            for (int row = 0; row < RowCount; row++)
            {
                double[] halves = new double[2];
                for (int d = 0; d < items.Stride; d++)
                {
                    int code = Code(items, row, d);
                    Assert.InRange(code, -CodeFormat.ItemCodeMax, CodeFormat.ItemCodeMax);
                    halves[d % 4 / 2] += code * code;
                }

                Assert.True(Math.Sqrt(halves.Max()) <= halfNormMax);
            }
        });
    }

    [Fact]
    public void Bound_AnyVectors_HoldsTheScoreAndIsNotVacuous()
    {
        SkipWithoutCodes();
        double worst = 0;
        ForEachCase((items, query) =>
        {
            TopKBatch batch = Batch(items, query);
            QueryBound bound = batch.Codes.Bound(0);
            sbyte* codes = (sbyte*)batch.Codes.Words(0);
            for (int row = 0; row < RowCount; row++)
            {
                int sum = Enumerable.Range(0, items.Stride).Sum(d => codes[d] * Code(items, row, d));
                TileBounds tile = items.Bounds(row & ~15);
                short held = (short)Math.Clamp(sum, short.MinValue, short.MaxValue);
                CodeError found = new(bound, *tile.Scale, *tile.Error, *tile.Norm);
                (float lower, float upper) = (found.Lower(held), found.Upper(held));
                double score = Enumerable.Range(0, query.Length).Sum(d => (double)query[d] * items.Row(row)[d]);
                Assert.True(lower <= score && score <= upper, $"row {row}: {found}, score {score}");
                double near = (double)bound.Scale * *tile.Scale * sum;
                double error = (double)bound.Scale * *tile.Scale
                    * (((double)bound.CodeNorm * *tile.Error) + ((double)bound.Lost * *tile.Norm));
                worst = error == 0 ? worst : Math.Max(worst, Math.Abs(near - score) / error);
            }
        });

        // Above 1 the proof is wrong. A bound of zero, or a tenth of this one, fails above; near 0 nothing would.
        Assert.InRange(worst, 0.1, 1);
    }

    [Fact]
    public void Sums_OfBothTiles_AreThoseOfPlainLoops()
    {
        SkipWithoutCodes();
        ForEachCase((items, query) =>
        {
            float[] other = RandomVectors.Normal(_random, query.Length);
            TopKBatch batch = Batch(items, query, other, [.. query.Select(x => -x)], query);
            short[][] four = Scan(items, batch, 4);
            short[][] one = Scan(items, batch, 1);
            for (int row = 0; row < RowCount; row++)
            {
                for (int lane = 0; lane < 4; lane++)
                {
                    sbyte* codes = (sbyte*)batch.Codes.Words(lane);
                    int sum = Enumerable.Range(0, items.Stride).Sum(d => codes[d] * Code(items, row, d));
                    Assert.Equal(Math.Clamp(sum, short.MinValue, short.MaxValue), four[lane][row]);
                }

                Assert.Equal(four[0][row], one[0][row]);
            }
        });
    }

    [Fact]
    public void Limits_AnyThreshold_LetEveryRowPassThatMayScoreIt()
    {
        SkipWithoutCodes();
        ForEachCase((items, query) =>
        {
            TopKBatch batch = Batch(items, query);
            QueryBound bound = batch.Codes.Bound(0);
            short[] sums = Scan(items, batch, 1)[0];
            int* limits = stackalloc int[64];
            float* factors = stackalloc float[3];
            for (int row = 0; row < RowCount; row++)
            {
                // At the very threshold that its upper bound allows, a row's sum passes.
                TileBounds tile = items.Bounds(row & ~15);
                CodeError found = new(bound, *tile.Scale, *tile.Error, *tile.Norm);
                (float lower, float upper) = (found.Lower(sums[row]), found.Upper(sums[row]));
                double top = upper - ((upper - lower) * 1e-5);
                CodeLimits.Factors(bound, (float)Math.Min(top, float.MaxValue), factors);
                CodeLimits.FillOne(items.Bounds(0), TileCount, factors, limits);
                Assert.True((short)limits[row / 16] <= sums[row]);
                Assert.Equal((short)limits[row / 16], (short)(limits[row / 16] >> 16));
            }
        });
    }

    [Fact]
    public void Scan_RandomData_FewSurviveAndAllEqualLeaves()
    {
        SkipWithoutCodes();
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
        TopKBatch batch = Batch(items, RandomVectors.Normal(_random, 64));
        CodeWorker worker = new();
        worker.Begin(batch);
        Assert.Equal([0], worker.Queries.ToArray());
        for (int first = 0; first < 4096; first += 1024)
        {
            worker.Scan(first, 1024);
        }

        return worker.IsCostly(0);
    }

    /// <summary>Sums by lane and row, at a limit that every tile passes.</summary>
    private static short[][] Scan(NativeItemMatrix items, TopKBatch batch, int laneCount)
    {
        int groupCount = items.Stride / CodeFormat.GroupDimensions;
        int* words = stackalloc int[groupCount * laneCount];
        int* starts = stackalloc int[laneCount];
        int* limits = stackalloc int[TileCount * laneCount];
        byte* hits = stackalloc byte[TileCount * CodeScan256.FourHitBytes];
        new Span<int>(limits, TileCount * laneCount).Fill(unchecked((int)0x8000_8000));
        for (int lane = 0; lane < laneCount; lane++)
        {
            starts[lane] = batch.Codes.Bound(lane).Start;
            for (int group = 0; group < groupCount; group++)
            {
                words[(group * laneCount) + lane] = batch.Codes.Words(lane)[group];
            }
        }

        CodeSpan span = new()
        {
            Codes = items.CodePointer(0),
            TileCount = TileCount,
            GroupCount = groupCount,
            Queries = words,
            Starts = starts,
            Limits = limits,
            Hits = hits,
            Ahead = items.CodePointer(0),
        };
        int hitBytes = laneCount == 4 ? CodeScan256.FourHitBytes : CodeScan256.OneHitBytes;
        int hitCount = laneCount == 4 ? CodeScan256.Four(&span) : CodeScan256.One(&span);
        short[][] sums = [.. Enumerable.Range(0, laneCount).Select(_ => new short[RowCount])];
        for (int hit = 0; hit < hitCount; hit++)
        {
            int tile = *(int*)(hits + (hit * hitBytes));
            for (int at = 0; at < laneCount * 16; at++)
            {
                int place = at % 16;
                int row = (tile * 16) + ((place & 3) | ((place & 4) << 1) | ((place & 8) >> 1));
                sums[at / 16][row] = ((short*)(hits + (hit * hitBytes) + 32))[at];
            }
        }

        return sums;
    }

    private static int Code(NativeItemMatrix items, int row, int d) =>
        items.CodePointer(row & ~15)[(64 * (d / 4)) + (4 * (row & 15)) + (d % 4)] - CodeFormat.Offset;

    private static TopKBatch Batch(NativeItemMatrix items, params float[][] queries)
    {
        TopKBatch batch = new();
        TopKRequest[] requests =
            [.. queries.Select(query => new TopKRequest { Query = query, K = 1, Results = new ScoredItem[1] })];
        batch.Prepare(items, requests, usesCodes: true);
        return batch;
    }

    private void ForEachCase(Action<NativeItemMatrix, float[]> check)
    {
        foreach (int dimension in Dimensions)
        {
            for (int kind = 0; kind < 5; kind++)
            {
                using NativeItemMatrix items = new(dimension, new MemoryBudget(1 << 30));
                items.EnsureCapacity(RowCount);
                for (int row = 0; row < RowCount; row++)
                {
                    items.Write(row, Vector(kind, dimension));
                }

                items.Publish(RowCount);
                check(items, Vector(kind, dimension));
            }
        }
    }

    private float[] Vector(int kind, int dimension)
    {
        float[] vector = RandomVectors.Normal(_random, dimension);
        for (int d = 0; d < dimension; d++)
        {
            vector[d] = kind switch
            {
                0 => vector[d],
                1 => Math.Abs(vector[d]) * 1e-6f,
                2 => vector[d] < 0 ? 1 : 1.01f,
                3 => vector[d] * (float)Math.Pow(10, _random.Next(-3, 4)),
                _ => d % 5 == 0 ? vector[d] * 1e5f : 0.1f,
            };
        }

        return vector;
    }

    private static void SkipWithoutCodes() =>
        Assert.SkipUnless(Avx2.IsSupported, "codes are kept only where AVX2 scans them");
}
