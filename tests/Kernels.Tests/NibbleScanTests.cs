using Ebb.Kernels.Backends;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>Nibbles, their sums, their bounds and the scans made of them, each against plain loops.</summary>
public sealed unsafe class NibbleScanTests
{
    private const string NoAvx2 = "nibbles are written for AVX2, which this processor has not";

    private readonly Random _random = new(RandomVectors.Seed);

    [Fact]
    public void Levels_RiseAndEndWhereSumsFit()
    {
        byte[] levels = NibbleFormat.Levels.ToArray();
        Assert.Equal(NibbleFormat.IndexMax + 1, levels.Length);
        Assert.Equal(0, levels[0]);
        Assert.Equal(levels.Order(), levels);
        Assert.Equal(NibbleFormat.LevelMax, levels[^1]);
        for (int stride = 8; stride <= NibbleFormat.StrideMax; stride += 8)
        {
            Assert.True(NibbleFormat.LevelMax * Math.Sqrt(stride / 2.0) <= CodeFormat.ItemHalfNormMax(stride));
        }
    }

    [Fact]
    public void Bound_AnyVectors_HoldsTheScoreAndIsNotVacuous()
    {
        Assert.SkipUnless(NibbleFormat.IsFor(8), NoAvx2);
        double worst = 0;
        double worstOfRow = 0;
        ForEach((items, query) =>
        {
            TopKBatch batch = CodeCases.Batch(items, query);
            QueryBound bound = batch.Codes.Bound(0);
            for (int row = 0; row < CodeCases.RowCount; row++)
            {
                TileBounds tile = items.Nibbles(row & ~15).Bounds;
                double score = Enumerable.Range(0, query.Length).Sum(d => (double)query[d] * items.Row(row)[d]);
                double near = (double)bound.Scale * *tile.Scale * Sum(items, row, batch);
                float own = *items.Nibbles(row).RowErrors == NibbleFormat.RowErrorBeyond
                    ? *tile.Error
                    : *items.Nibbles(row).RowErrors / NibbleFormat.RowErrorsPerUnit;
                worst = Math.Max(worst, Used(*tile.Error));
                worstOfRow = Math.Max(worstOfRow, Used(own));
                short held = (short)Math.Clamp(Sum(items, row, batch), short.MinValue, short.MaxValue);
                CodeError found = new(bound, *tile.Scale, own, *tile.Norm);
                Assert.True(found.Lower(held) <= score && score <= found.Upper(held), $"row {row}: {score}");

                double Used(float error)
                {
                    double allowed = (double)bound.Scale * *tile.Scale
                        * (((double)bound.CodeNorm * error) + ((double)bound.Lost * *tile.Norm));
                    return allowed == 0 ? 0 : Math.Abs(near - score) / allowed;
                }
            }
        });

        // Above 1 the proof is wrong; near 0 nothing would fail.
        Assert.InRange(worst, 0.1, 1);
        Assert.InRange(worstOfRow, 0.1, 1);
    }

    [Fact]
    public void Error_NormalRows_IsThatOfTheBestLevels()
    {
        Assert.SkipUnless(NibbleFormat.IsFor(8), NoAvx2);
        using NativeItemMatrix items = Fill(64, 1600, _ => RandomVectors.Normal(_random, 64));
        double mean = Enumerable.Range(0, 100).Average(tile =>
        {
            TileBounds bounds = items.Nibbles(tile * 16).Bounds;
            return *bounds.Error / *bounds.Norm;
        });

        // Error and norm of the worst of 16 rows. Evenly spaced levels: 0.118 at best.
        Assert.InRange(mean, 0.09, 0.112);
    }

    [Fact]
    public void Sums_Avx2_AreThoseOfPlainLoops()
    {
        Assert.SkipUnless(NibbleFormat.IsFor(8), NoAvx2);
        ForEach((items, query) =>
        {
            TopKBatch batch = CodeCases.Batch(items, query);
            int[] limits = GC.AllocateArray<int>(CodeSpan.LimitStep, pinned: true);
            limits.AsSpan().Fill(unchecked((int)0x8000_8000));
            byte[] hits = GC.AllocateArray<byte>(CodeCases.TileCount * CodeScan.OneHitBytes, pinned: true);
            fixed (int* l = limits)
            fixed (byte* h = hits)
            {
                CodeSpan span = new()
                {
                    Codes = items.Nibbles(0).Nibbles,
                    TileCount = CodeCases.TileCount,
                    GroupCount = items.Stride / CodeFormat.GroupDimensions,
                    Queries = batch.Codes.Words(0),
                    Starts = batch.Codes.NibbleStart(0),
                    Limits = l,
                    Hits = h,
                };
                Assert.Equal(CodeCases.TileCount, NibbleScan256.One(&span));
                limits[2] = 0x7FFF_7FFF;
                int expected = CodeCases.TileCount - (Highest(items, batch, 2) < short.MaxValue ? 1 : 0);
                Assert.Equal(expected, NibbleScan256.One(&span));
                limits[2] = unchecked((int)0x8000_8000);
                Assert.Equal(CodeCases.TileCount, NibbleScan256.One(&span));
            }

            for (int at = 0; at < CodeCases.RowCount; at++)
            {
                int row = (at & ~15) + CodeScan.RowOf(at & 15);
                int held = BitConverter.ToInt16(hits, (at / 16 * CodeScan.OneHitBytes) + 32 + (at % 16 * 2));
                Assert.Equal(Math.Clamp(Sum(items, row, batch), short.MinValue, short.MaxValue), held);
            }
        });
    }

    [Fact]
    public void TopK_AloneUnderFilterBiasAndFloor_MatchesReference()
    {
        using NativeItemMatrix items = Fill(40, 6000, _ => RandomVectors.Normal(_random, 40));
        ItemBitmap excluded = new();
        float[] bias = [.. Enumerable.Range(0, 5).Select(_ => RandomVectors.Normal(_random, 1)[0] * 3)];
        int[] groups = new int[6000];
        for (int row = 0; row < 6000; row++)
        {
            excluded[row] = _random.Next(3) == 0;
            groups[row] = _random.Next(5);
        }

        using CpuBackend nibbles = new(threads: 1, usesCodes: true, nibblesFromBytes: 0);
        for (int round = 0; round < 20; round++)
        {
            TopKRequest request = Request(items, 1 + round);
            request.Excluded = round % 2 == 0 ? excluded : null;
            request.Bias = round % 3 == 0 ? new RowBias { Groups = groups, Biases = bias } : null;
            request.ScoreMin = round % 5 == 0 ? 9 : float.NegativeInfinity;
            TopKRequest expected = Request(items, request.K);
            (expected.Query, expected.Excluded, expected.Bias, expected.ScoreMin) =
                (request.Query, request.Excluded, request.Bias, request.ScoreMin);
            nibbles.TopK(items, [request]);
            TopKReference.TopK(items, [expected]);
            Assert.Equal(expected.Results[..expected.Count], request.Results[..request.Count]);
        }
    }

    [Theory]
    [InlineData("normal", 1, 12)]
    [InlineData("normal", 2, 12)]
    [InlineData("normal", 1, 72)]
    [InlineData("ascending", 1, 12)]
    [InlineData("descending", 1, 12)]
    [InlineData("clustered", 1, 12)]
    [InlineData("clustered", 2, 12)]
    public void TopK_AloneOverRowsEnoughForLargeTakes_MatchesReference(string data, int threads, int dimension)
    {
        Assert.SkipUnless(NibbleFormat.IsFor(8), NoAvx2);
        const int Rows = 270_017;
        const int Cluster = 300;
        float[][] centres =
            [.. Enumerable.Range(0, (Rows / Cluster) + 1).Select(_ => RandomVectors.Normal(_random, dimension))];
        float[] slope = RandomVectors.Normal(_random, dimension);
        using NativeItemMatrix items = Fill(dimension, Rows, row => data switch
        {
            "normal" => RandomVectors.Normal(_random, dimension),
            "clustered" => [.. centres[row / Cluster].Select(x => x * (1 + (1e-3f * _random.NextSingle())))],
            _ => [.. slope.Select(x => x * (data == "ascending" ? row : Rows - row) / Rows)],
        });
        using CpuBackend nibbles = new(threads, usesCodes: true, nibblesFromBytes: 0);
        foreach (int k in new[] { 1, 10, 25 })
        {
            TopKRequest request = Request(items, k);
            request.Query = data == "normal" ? request.Query : [.. slope];
            TopKRequest expected = Request(items, k);
            expected.Query = request.Query;
            nibbles.TopK(items, [request]);
            TopKReference.TopK(items, [expected]);
            Assert.Equal(expected.Results[..expected.Count], request.Results[..request.Count]);
        }
    }

    [Theory]
    [InlineData(1_000_000, 64, 10, true)]
    [InlineData(1_000_000, 64, 100, true)]
    [InlineData(1_000_000, 64, 1000, false)]
    [InlineData(100_000, 64, 10, false)]
    [InlineData(1_000_000, 136, 10, false)]
    public void IsWorthwhile_RowsAndResults_WhereFewRowsAreLeftToScore(int rowCount, int stride, int k, bool expected)
    {
        Assert.SkipUnless(NibbleFormat.IsFor(8), NoAvx2);
        Assert.Equal(expected, NibbleScan.IsWorthwhile(rowCount, stride, k, NibbleScan.CodeBytesMin));
    }

    [Fact]
    public void Scan_RandomRows_StaysWithNibblesAndEqualRowsLeaveThem()
    {
        Assert.SkipUnless(NibbleFormat.IsFor(8), NoAvx2);
        Assert.True(RoughCount(_ => RandomVectors.Normal(_random, 32)) is > 0 and < 4096);
        int leaves = (int)RoughCount(_ => [.. Enumerable.Range(0, 32).Select(d => (float)d)]);
        Assert.InRange(leaves, 64, 2048);
    }

    private static void ForEach(Action<NativeItemMatrix, float[]> check) => CodeCases.ForEach((items, query) =>
    {
        if (NibbleFormat.IsFor(items.Stride))
        {
            check(items, query);
        }
    });

    /// <summary>Σ b·level, whole, from the bytes as <see cref="NibbleFormat"/> lays them out.</summary>
    private static int Sum(NativeItemMatrix items, int row, TopKBatch batch)
    {
        sbyte* codes = (sbyte*)batch.Codes.Words(0);
        byte* tile = items.Nibbles(row & ~15).Nibbles;
        int sum = 0;
        for (int d = 0; d < items.Stride; d++)
        {
            int at = tile[(64 * (d / 8)) + (4 * (row & 15)) + (d % 4)];
            int nibble = (d % 8 >= 4 ? at >> 4 : at & 15) - NibbleFormat.Zero;
            sum += codes[d] * Math.Sign(nibble) * NibbleFormat.Levels[Math.Abs(nibble)];
        }

        return sum;
    }

    private static int Highest(NativeItemMatrix items, TopKBatch batch, int tile) =>
        Enumerable.Range(16 * tile, 16).Max(row => Sum(items, row, batch));

    private long RoughCount(Func<int, float[]> row)
    {
        const int Rows = 16_384;
        using NativeItemMatrix items = Fill(32, Rows, row);
        TopKBatch batch = new() { NibblesFromBytes = 0 };
        batch.Prepare(items, [Request(items, 4)], usesCodes: true);
        CodeWorker worker = new();
        worker.Begin(batch);
        for (int first = 0; first < Rows; first += 1024)
        {
            worker.Scan(first, 1024);
        }

        return worker.Candidates(0).RoughCount;
    }

    private static NativeItemMatrix Fill(int dimension, int rowCount, Func<int, float[]> row)
    {
        NativeItemMatrix items = new(dimension, new MemoryBudget(1 << 30));
        items.EnsureCapacity(rowCount);
        for (int index = 0; index < rowCount; index++)
        {
            items.Write(index, row(index));
        }

        items.Publish(rowCount);
        return items;
    }

    private TopKRequest Request(ItemMatrix items, int k) => new()
    {
        Query = RandomVectors.Normal(_random, items.Dimension),
        K = k,
        Results = new ScoredItem[k],
    };
}
