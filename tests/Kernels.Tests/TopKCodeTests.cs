using Ebb.Kernels.Backends;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>
/// Catalogues large enough for the code scan, against the reference in double: sizes, batches, hard data, writes;
/// also where the fp32 scan would be chosen.
/// </summary>
public sealed class TopKCodeTests
{
    private readonly CpuBackend _backend = new(threads: 1, usesCodes: true);
    private readonly CpuBackend _nibbles = new(threads: 1, usesCodes: true, nibblesFromBytes: 0);
    private readonly MemoryBudget _budget = new(1L << 30);
    private readonly Random _random = new(RandomVectors.Seed);

    /// <summary>Hard data; the argument of each is a row number.</summary>
    public enum Data
    {
        Normal,
        AllEqual,
        NormSpread,
        Zeros,
        MostlyZero,
        GiantDimension,
        Negative,
        Duplicates,
        Ascending,
        Sparse,
        Flat,
        TinyRows,
        NearTies,
        SomeExtreme,
        AllExtreme,
        OneHuge,
    }

    public static TheoryData<Data, int> Cases()
    {
        TheoryData<Data, int> cases = [];
        foreach (Data data in Enum.GetValues<Data>())
        {
            foreach (int dimension in (int[])[1, 37, 64, 256, 257])
            {
                cases.Add(data, dimension);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void TopK_HardData_MatchesReference(Data data, int dimension)
    {
        using ItemMatrix items = Fill(dimension, 5000, row => Vector(data, row, dimension));
        TopKRequest[] batch = [.. Enumerable.Range(0, 6).Select(at => Request(items, 1 + (at * 4)))];
        batch[1].Query = [.. items.Row(77)];
        batch[2].Query = [.. items.Row(78).ToArray().Select(x => -x)];
        batch[3].ScoreMin = 0;
        Check(items, batch);
        Check(items, Request(items, 10));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(20)]
    [InlineData(100)]
    [InlineData(128)]
    [InlineData(200)]
    public void TopK_Dimensions_MatchReference(int dimension)
    {
        using ItemMatrix items = Fill(dimension, 8000, _ => RandomVectors.Normal(_random, dimension));
        Check(items, Request(items, 1), Request(items, 31), Request(items, 7));
    }

    [Fact]
    public void TopK_EveryBatchSize_MatchesReference()
    {
        using ItemMatrix items = Fill(24, 3001, _ => RandomVectors.Normal(_random, 24));
        for (int size = 1; size <= 9; size++)
        {
            // K past a 256th of the rows goes to the fp32 scan: from the third query on they do.
            TopKRequest[] batch = [.. Enumerable.Range(0, size).Select(at => Request(items, 1 + (at * 6)))];
            Check(items, batch);
        }
    }

    [Fact]
    public void TopK_EveryBatchSizeOfCodedQueries_MatchesReference()
    {
        using ItemMatrix items = Fill(24, 3001, _ => RandomVectors.Normal(_random, 24));
        using ItemMatrix longer = Fill(136, 3001, _ => RandomVectors.Normal(_random, 136));
        for (int size = 1; size <= 20; size++)
        {
            Check(items, [.. Enumerable.Range(0, size).Select(at => Request(items, 1 + (at % 11)))]);
            Check(longer, [.. Enumerable.Range(0, size).Select(at => Request(longer, 1 + (at % 11)))]);
        }
    }

    [Fact]
    public void TopK_BatchesOverRowsEnoughForLargeTakes_MatchReference()
    {
        const int Rows = 140_003;
        using ItemMatrix items = Fill(12, Rows, _ => RandomVectors.Normal(_random, 12));
        foreach (int size in (int[])[2, 5, 6, 9])
        {
            Check(items, [.. Enumerable.Range(0, size).Select(at => Request(items, 1 + (at * 7)))]);
        }
    }

    [Fact]
    public void TopK_EveryRowCount_MatchesReference()
    {
        using ItemMatrix items = Fill(8, 2100, _ => RandomVectors.Normal(_random, 8));
        foreach (int count in (int[])[256, 257, 271, 272, 273, 511, 512, 1023, 1024, 1025, 1039, 1041, 2047, 2100])
        {
            items.Publish(count);
            Check(items, Request(items, 1), Request(items, count / 256));
            Check(items, Request(items, 1));
        }
    }

    [Fact]
    public void TopK_RowsNeverWritten_CountAsZeros()
    {
        using ItemMatrix items = Fill(16, 4000, row => RandomVectors.Normal(_random, 16));
        items.EnsureCapacity(6000);
        items.Write(5003, RandomVectors.Normal(_random, 16));
        items.Publish(6000);
        TopKRequest negative = Request(items, 23);
        negative.Query = new float[16];
        negative.Query[0] = 1e-12f;
        Check(items, Request(items, 20), negative);
        items.Publish(3);
        items.Publish(6000);
        Check(items, Request(items, 23));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.99)]
    [InlineData(1)]
    public void TopK_Excluded_AreLeftOut(double share)
    {
        using ItemMatrix items = Fill(32, 9000, _ => RandomVectors.Normal(_random, 32));
        ItemBitmap excluded = new();
        for (int row = 0; row < 9000; row++)
        {
            excluded[row] = _random.NextDouble() < share;
        }

        TopKRequest request = Request(items, 35);
        request.Excluded = excluded;
        Check(items, request, Request(items, 35));
        Check(items, request);
    }

    [Fact]
    public void TopK_ScoreMin_KeepsScoresFromItUp()
    {
        using ItemMatrix items = Fill(64, 9000, _ => RandomVectors.Normal(_random, 64));
        TopKRequest all = Request(items, 35);
        Check(items, all);
        foreach (int rank in (int[])[0, 10, 34])
        {
            TopKRequest request = Request(items, 35);
            request.Query = all.Query;
            request.ScoreMin = all.Results[rank].Score;
            Check(items, request);
            Assert.Equal(rank + 1, request.Count);
        }

        TopKRequest none = Request(items, 5);
        none.ScoreMin = float.PositiveInfinity;
        Check(items, none);
        Assert.Equal(0, none.Count);
    }

    [Fact]
    public void TopK_RowsOverwritten_CodesFollow()
    {
        using ItemMatrix items = Fill(40, 6000, _ => RandomVectors.Normal(_random, 40));
        for (int round = 0; round < 60; round++)
        {
            // Up and down by decades, past what codes can hold, to zero and back.
            float scale = (float)Math.Pow(10, _random.Next(-12, 25));
            int index = _random.Next(6000);
            TopKRequest request = Request(items, 5);
            items.Write(index, [.. request.Query.Select(x => round % 7 == 0 ? 0 : x * scale)]);
            Check(items, request, Request(items, 23));
        }

        for (int row = 0; row < 6000; row++)
        {
            items.Write(row, RandomVectors.Normal(_random, 40));
        }

        Check(items, Request(items, 5), Request(items, 23));
    }

    [Fact]
    public void TopK_BoundMatters_CloseRanksAreInOrder()
    {
        // Ranks lie closer than the codes can tell apart: without a bound, or with half of one that is tight, rows of
        // the answer would be dropped. Whole lists are compared, 60 ranks of eight queries.
        using ItemMatrix items = Fill(64, 16_000, _ => RandomVectors.Normal(_random, 64));
        Check(items, [.. Enumerable.Range(0, 8).Select(_ => Request(items, 60))]);
        Check(items, Request(items, 60));
    }

    [Fact]
    public void ReservedBytes_WithCodes_AreOneBudget()
    {
        MemoryBudget budget = new(64 << 20);
        NativeItemMatrix items = new(64, budget);
        items.EnsureCapacity(16_384);
        int nibbleBytes = NibbleFormat.IsFor(64) ? 32 + 2 : 0;
        Assert.Equal(16_384L * ((65 * 4) + 64 + 1 + nibbleBytes), items.ReservedBytes);
        Assert.Equal(items.ReservedBytes, budget.ReservedBytes);
        items.Dispose();
        Assert.Equal(0, budget.ReservedBytes);
        using NativeItemMatrix wide = new(264, budget);
        wide.EnsureCapacity(1);
        Assert.Equal(2048L * ((265 * 4) + 264 + 1), wide.ReservedBytes);
    }

    private float[] Vector(Data data, int row, int dimension)
    {
        float[] vector = RandomVectors.Normal(_random, dimension);
        return data switch
        {
            Data.AllEqual => [.. Enumerable.Range(1, dimension).Select(d => 1f / d)],
            Data.NormSpread => RandomVectors.Spread(_random, dimension, -3, 3),
            Data.Zeros => new float[dimension],
            Data.MostlyZero => row % 97 == 5 ? vector : new float[dimension],
            Data.GiantDimension => With(vector, row % dimension == 0 ? 0 : dimension / 2, 1e6f),
            Data.Negative => [.. vector.Select(x => -MathF.Abs(x))],
            Data.Duplicates => [.. vector.Select((_, d) => MathF.Sin((row % 3) + d))],
            Data.Ascending => [.. vector.Select(x => MathF.Abs(x) * (1 + (row * 0.01f)))],
            Data.Sparse => With(new float[dimension], row % dimension, 1),
            Data.Flat => [.. vector.Select(x => x < 0 ? -1f : 1f)],
            Data.TinyRows => [.. vector.Select(x => x * 1e-30f)],
            Data.NearTies => [.. vector.Select((x, d) => MathF.Cos(d) + (x * 1e-6f))],
            Data.SomeExtreme => row % 50 == 3 ? RandomVectors.Spread(_random, dimension, -44, 37) : vector,
            Data.AllExtreme => RandomVectors.Spread(_random, dimension, -44, 37),
            Data.OneHuge => row == 1234 ? [.. vector.Select(x => x * 1e17f)] : vector,
            _ => vector,
        };
    }

    private static float[] With(float[] vector, int at, float value)
    {
        vector[at] = value;
        return vector;
    }

    private ItemMatrix Fill(int dimension, int rowCount, Func<int, float[]> row)
    {
        ItemMatrix items = _backend.CreateItems(dimension, _budget);
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

    private void Check(ItemMatrix items, params TopKRequest[] batch)
    {
        _backend.TopK(items, batch);
        foreach (TopKRequest request in batch)
        {
            TopKRequest alone = new()
            {
                Query = request.Query,
                K = request.K,
                Excluded = request.Excluded,
                ScoreMin = request.ScoreMin,
                Results = new ScoredItem[request.K],
            };
            _nibbles.TopK(items, [alone]);
            TopKRequest expected = new()
            {
                Query = request.Query,
                K = request.K,
                Excluded = request.Excluded,
                ScoreMin = request.ScoreMin,
                Results = new ScoredItem[request.K],
            };
            TopKReference.TopK(items, [expected]);
            Assert.Equal(expected.Results[..expected.Count], request.Results[..request.Count]);
            Assert.Equal(expected.Results[..expected.Count], alone.Results[..alone.Count]);
        }
    }
}
