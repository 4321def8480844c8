using Ebb.Kernels.Backends;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>Top-K and Score against the reference; one sealed class a backend.</summary>
public abstract class TopKTests : IDisposable
{
    private readonly MemoryBudget _budget = new(1L << 30);
    private readonly Random _random = new(RandomVectors.Seed);

    protected abstract IKernelBackend Backend { get; }

    /// <summary>Of the loops over all shapes, one in so many: an emulated device is slow.</summary>
    protected virtual int Stride => 1;

    public void Dispose()
    {
        Backend.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void TopK_EveryDimension_MatchesReference()
    {
        for (int dimension = 1; dimension <= 257; dimension += dimension < 70 ? Stride : 17 * Stride)
        {
            using ItemMatrix items = Fill(dimension, 300 + dimension, _ => RandomVectors.Normal(_random, dimension));
            Check(items, $"D={dimension}", Request(items, 10), Request(items, 1));
        }
    }

    [Theory]
    [InlineData(384)]
    [InlineData(1000)]
    [InlineData(1024)]
    public void TopK_LargeDimension_MatchesReference(int dimension)
    {
        using ItemMatrix items = Fill(dimension, 700, _ => RandomVectors.Normal(_random, dimension));
        Check(items, $"D={dimension}", Request(items, 100));
    }

    [Fact]
    public void TopK_EveryRowCount_MatchesReference()
    {
        using ItemMatrix items = Fill(12, 0, _ => []);
        items.EnsureCapacity(600);
        for (int count = 0; count < 600; count++)
        {
            items.Publish(count);
            bool isCorner = count < 70 || count % 37 == 0 || count is 255 or 256 or 257 or 511 or 512 or 513;
            if (isCorner && count % Stride == 0)
            {
                Check(items, $"N={count}", Request(items, 5), Request(items, 1000));
            }

            items.Write(count, RandomVectors.Normal(_random, 12));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(20)]
    [InlineData(999)]
    [InlineData(1000)]
    [InlineData(4096)]
    public void TopK_EveryK_MatchesReference(int k)
    {
        using ItemMatrix items = Fill(16, 5000, _ => RandomVectors.Normal(_random, 16));
        Check(items, $"K={k}", Request(items, k));
    }

    [Fact]
    public void TopK_AnyBatchSize_EachAnswersAsAlone()
    {
        using ItemMatrix items = Fill(20, 2000, _ => RandomVectors.Normal(_random, 20));
        for (int size = 1; size <= 13; size += Stride)
        {
            TopKRequest[] batch = [.. Enumerable.Range(0, size).Select(at => Request(items, 1 + (at * 7)))];
            Check(items, $"batch of {size}", batch);
        }
    }

    [Fact]
    public void TopK_DuplicatesByTheThousand_LowerIndexWins()
    {
        float[][] distinct = [.. Enumerable.Range(0, 3).Select(_ => RandomVectors.Normal(_random, 24))];
        using ItemMatrix items = Fill(24, 6000, row => distinct[row % 3]);
        TopKRequest request = Request(items, 1500);
        Check(items, "duplicates", request);
        int[] indices = [.. request.Results.Select(item => item.Index)];
        Assert.Equal(indices.Order(), indices);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(257)]
    public void TopK_ScoresFarBelowTheScansError_OrderIsExact(int dimension)
    {
        // All rows are all but orthogonal to the query and differ in last bits: their scores are what an fp32 sum
        // loses.
        float[] query = RandomVectors.Normal(_random, dimension);
        float[] centre = RandomVectors.Normal(_random, dimension);
        double share = query.Zip(centre, (q, x) => (double)q * x).Sum() / query.Sum(q => (double)q * q);
        using ItemMatrix items = Fill(dimension, 4000, row =>
        {
            float[] vector = [.. centre.Zip(query, (x, q) => (float)(x - (share * q)))];
            for (int nudge = 0; nudge < 3; nudge++)
            {
                int at = _random.Next(dimension);
                int bits = BitConverter.SingleToInt32Bits(vector[at]);
                vector[at] = BitConverter.Int32BitsToSingle(bits + (row % 5) - 2);
            }

            return vector;
        });
        TopKRequest[] batch = [Request(items, 50), Request(items, 10), Request(items, 999)];
        foreach (TopKRequest request in batch)
        {
            request.Query = query;
        }

        Check(items, "near ties", batch);
    }

    [Fact]
    public void TopK_NormsOverSixDecades_MatchesReference()
    {
        using ItemMatrix items = Fill(32, 3000, _ => RandomVectors.Spread(_random, 32, -3, 3));
        Check(items, "spread", Request(items, 20), Request(items, 500));
    }

    [Theory]
    [InlineData(-38, -30)]
    [InlineData(-45, -18)]
    [InlineData(15, 20)]
    [InlineData(-44, 37)]
    public void TopK_EndsOfTheFloatRange_MatchesReference(double exponentMin, double exponentMax)
    {
        using ItemMatrix items = Fill(17, 1500, _ => RandomVectors.Spread(_random, 17, exponentMin, exponentMax));
        TopKRequest[] batch = [.. Enumerable.Range(0, 6).Select(_ => Request(items, 30))];
        for (int at = 0; at < batch.Length; at++)
        {
            batch[at].Query = RandomVectors.Spread(_random, 17, exponentMin, exponentMax);
        }

        Check(items, "range", batch);
    }

    [Fact]
    public void TopK_GiantCancellingDimensions_MatchesReference()
    {
        // In fp32 the giants overflow or swallow the rest; in double they cancel and the rest decides.
        using ItemMatrix items = Fill(16, 1000, row =>
        {
            float[] vector = RandomVectors.Normal(_random, 16);
            vector[3] = 1e30f * (row % 4);
            vector[11] = -1e30f * (row % 4);
            vector[5] = row % 100 == 7 ? 3e38f : vector[5];
            return vector;
        });
        TopKRequest giant = Request(items, 25);
        giant.Query[3] = giant.Query[11] = 1e30f;
        TopKRequest level = Request(items, 25);
        level.Query[3] = level.Query[11] = 1;
        Check(items, "giants", giant, level, Request(items, 25));
    }

    [Fact]
    public void TopK_ZeroQuery_FirstRowsWithScoreZero()
    {
        using ItemMatrix items = Fill(8, 1000, _ => RandomVectors.Normal(_random, 8));
        TopKRequest request = Request(items, 4);
        request.Query = new float[8];
        Check(items, "zero", request);
        Assert.Equal([new(0, 0), new(1, 0), new(2, 0), new(3, 0)], request.Results);
    }

    [Fact]
    public void TopK_MinusZeroScores_EqualPlusZero()
    {
        using ItemMatrix items = Fill(1, 40, row => [row % 2 == 0 ? -1e-45f : 1e-45f]);
        TopKRequest request = new() { Query = [1e-45f], K = 40, Results = new ScoredItem[40], ScoreMin = -0.0f };
        Check(items, "-0", request);
        Assert.Equal(Enumerable.Range(0, 40), request.Results.Select(item => item.Index));
        Assert.All(request.Results, item => Assert.Equal(0, BitConverter.SingleToInt32Bits(item.Score)));
    }

    [Fact]
    public void TopK_SparseOrthogonalItems_MatchesReference()
    {
        using ItemMatrix items = Fill(50, 3000, row =>
        {
            float[] vector = new float[50];
            vector[row % 50] = 1;
            return vector;
        });
        TopKRequest request = Request(items, 200);
        request.Query = new float[50];
        request.Query[7] = 0.5f;
        Check(items, "sparse", request);
    }

    [Fact]
    public void TopK_Excluded_AreLeftOut()
    {
        using ItemMatrix items = Fill(16, 3000, _ => RandomVectors.Normal(_random, 16));
        foreach (double share in new[] { 0.01, 0.5, 0.99, 1.0 })
        {
            ItemBitmap excluded = new();
            for (int row = 0; row < (share == 0.5 ? 1500 : 3000); row++)
            {
                excluded[row] = _random.NextDouble() < share;
            }

            TopKRequest request = Request(items, 40);
            request.Excluded = excluded;
            Check(items, $"excluded {share}", request, Request(items, 40));
        }
    }

    [Fact]
    public void TopK_ScoreMin_KeepsScoresFromItUp()
    {
        using ItemMatrix items = Fill(16, 3000, _ => RandomVectors.Normal(_random, 16));
        TopKRequest all = Request(items, 100);
        Check(items, "all", all);
        foreach (int rank in new[] { 0, 10, 99 })
        {
            TopKRequest request = new()
            {
                Query = all.Query,
                K = 100,
                Results = new ScoredItem[100],
                ScoreMin = all.Results[rank].Score,
            };
            Check(items, "from a rank", request);
            Assert.Equal(rank + 1, request.Count);
        }

        TopKRequest none = new()
        {
            Query = all.Query,
            K = 5,
            Results = new ScoredItem[5],
            ScoreMin = float.PositiveInfinity,
        };
        Check(items, "none", none);
        Assert.Equal(0, none.Count);
    }

    [Fact]
    public void TopK_AfterOverwrite_SeesTheNewRow()
    {
        using ItemMatrix items = Fill(8, 500, _ => RandomVectors.Normal(_random, 8));
        TopKRequest request = Request(items, 3);
        items.Write(321, [.. request.Query.Select(x => x * 100)]);
        Check(items, "overwritten", request);
        Assert.Equal(321, request.Results[0].Index);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void TopK_QueryNotFinite_Throws(float bad)
    {
        using ItemMatrix items = Fill(8, 10, _ => RandomVectors.Normal(_random, 8));
        TopKRequest request = Request(items, 3);
        request.Query[5] = bad;
        Assert.Throws<ArgumentException>(() => Backend.TopK(items, [request]));
        Assert.Throws<ArgumentException>(() => Backend.Score(items, request.Query, [1], new float[1]));
    }

    [Fact]
    public void TopK_RequestOutOfLimits_Throws()
    {
        using ItemMatrix items = Fill(8, 10, _ => RandomVectors.Normal(_random, 8));
        float[] query = new float[8];
        ScoredItem[] room = new ScoredItem[5000];
        Assert.ThrowsAny<ArgumentException>(() => Run(new TopKRequest { Query = new float[7], K = 1, Results = room }));
        Assert.ThrowsAny<ArgumentException>(() => Run(new TopKRequest { Query = query, K = 0, Results = room }));
        Assert.ThrowsAny<ArgumentException>(() => Run(new TopKRequest { Query = query, K = 4097, Results = room }));
        Assert.ThrowsAny<ArgumentException>(() => Run(new TopKRequest { Query = query, K = 5, Results = room[..4] }));
        Assert.ThrowsAny<ArgumentException>(
            () => Run(new TopKRequest { Query = query, K = 5, Results = room, ScoreMin = float.NaN }));
        Assert.ThrowsAny<ArgumentException>(() => Backend.Score(items, query, [10], new float[1]));
        Assert.ThrowsAny<ArgumentException>(() => Backend.Score(items, query, [-1], new float[1]));
        Assert.ThrowsAny<ArgumentException>(() => Backend.Score(items, query, [1, 2], new float[1]));

        void Run(TopKRequest request) => Backend.TopK(items, [request]);
    }

    [Fact]
    public void Score_AnyCount_MatchesReference()
    {
        using ItemMatrix items = Fill(33, 400, _ => RandomVectors.Spread(_random, 33, -3, 3));
        float[] query = RandomVectors.Normal(_random, 33);
        for (int count = 0; count <= 40; count++)
        {
            int[] indices = [.. Enumerable.Range(0, count).Select(_ => _random.Next(400))];
            float[] expected = [.. indices.Select(index => TopKReference.Score(query, items.Row(index)))];
            GuardedFloats actual = new(count, count % 4);
            Backend.Score(items, query, indices, actual.Span);
            BitAssert.Equal(expected, actual.Span, $"count {count}");
            Assert.True(actual.IsIntact);
        }
    }

    private ItemMatrix Fill(int dimension, int rowCount, Func<int, float[]> row)
    {
        ItemMatrix items = Backend.CreateItems(dimension, _budget);
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

    private void Check(ItemMatrix items, string what, params TopKRequest[] batch)
    {
        Backend.TopK(items, batch);
        foreach (TopKRequest request in batch)
        {
            TopKRequest expected = new()
            {
                Query = request.Query,
                K = request.K,
                Excluded = request.Excluded,
                ScoreMin = request.ScoreMin,
                Results = new ScoredItem[request.K],
            };
            TopKReference.TopK(items, [expected]);
            Assert.True(expected.Count == request.Count, $"{what}: {request.Count} found, not {expected.Count}");
            for (int rank = 0; rank < expected.Count; rank++)
            {
                ScoredItem wanted = expected.Results[rank];
                ScoredItem found = request.Results[rank];
                Assert.True(wanted.Equals(found), $"{what}, K={request.K}, rank {rank}: {found}, not {wanted}");
            }
        }
    }
}
