using Ebb.Kernels.Backends;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>
/// Filters, biases and thresholds from a sample, against the reference in double, by codes and in fp32, with one thread
/// and with three.
/// </summary>
public sealed class TopKFilterTests : IDisposable
{
    private const int Dimension = 20;

    private readonly CpuBackend[] _backends =
        [new(threads: 1, usesCodes: true), new(threads: 1, usesCodes: false), new(threads: 3, usesCodes: true)];

    private readonly MemoryBudget _budget = new(1L << 30);
    private readonly Random _random = new(RandomVectors.Seed);

    public static TheoryData<string> Filters() =>
        ["none", "one row", "five rows", "3 in 100", "1 in 10", "half", "a stretch", "two stretches", "the end", "all"];

    public void Dispose()
    {
        foreach (CpuBackend backend in _backends)
        {
            backend.Dispose();
        }
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public void TopK_Filter_MatchesReference(string filter)
    {
        const int RowCount = 20_011;
        using ItemMatrix items = Fill(RowCount, _ => RandomVectors.Normal(_random, Dimension));
        ItemBitmap excluded = new(RowCount);
        for (int row = 0; row < RowCount; row++)
        {
            excluded[row] = !IsAllowed(filter, row, RowCount);
        }

        TopKRequest[] batch = Requests(7, at => 1 + (at * 11));
        for (int at = 0; at < batch.Length; at++)
        {
            // Some queries without a filter beside them, and two with one of their own.
            batch[at].Excluded = at % 3 == 2 ? null : at == 4 ? excluded.Clone() : excluded;
        }

        Check(items, batch);
    }

    [Fact]
    public void TopK_FilterShorterThanTheCatalogue_LetsTheOtherRowsThrough()
    {
        using ItemMatrix items = Fill(9000, _ => RandomVectors.Normal(_random, Dimension));
        ItemBitmap excluded = new(8896);
        for (int row = 0; row < 8890; row++)
        {
            excluded[row] = true;
        }

        TopKRequest[] batch = Requests(5, _ => 30);
        foreach (TopKRequest request in batch)
        {
            request.Excluded = excluded;
        }

        Check(items, batch);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.01)]
    [InlineData(1000.0)]
    [InlineData(1e20)]
    public void TopK_Bias_MatchesReference(double scale)
    {
        using ItemMatrix items = Fill(12_000, _ => RandomVectors.Normal(_random, Dimension));

        // Rows at the end have no group, and the highest group no bias.
        int[] groups = [.. Enumerable.Range(0, 11_500).Select(row => row / 7 % 12)];
        TopKRequest[] batch = Requests(9, at => 1 + (at * 5));
        for (int at = 0; at < batch.Length; at++)
        {
            float[] biases = RandomVectors.Normal(_random, 11, scale);
            batch[at].Bias = at == 3 ? null : new RowBias { Groups = groups, Biases = biases };
            batch[at].ScoreMin = at == 5 ? (float)scale : float.NegativeInfinity;
            batch[at].Query = at == 7 ? new float[Dimension] : batch[at].Query;
        }

        batch[6].Bias = new RowBias { Groups = groups, Biases = [-1f, -2f, -3f] };
        batch[8].Excluded = new ItemBitmap(12_000);
        for (int row = 0; row < 12_000; row++)
        {
            batch[8].Excluded![row] = row % 50 != 0;
        }

        Check(items, batch);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(-2e30f)]
    public void TopK_BiasNotANumberInRange_Throws(float bias)
    {
        using ItemMatrix items = Fill(100, _ => RandomVectors.Normal(_random, Dimension));
        TopKRequest[] batch = Requests(1, _ => 3);
        batch[0].Bias = new RowBias { Groups = [0, 0], Biases = [1, bias] };
        Assert.Throws<ArgumentException>(() => _backends[0].TopK(items, batch));
    }

    [Theory]
    [InlineData(8_192, 32)]
    [InlineData(30_000, 100)]
    [InlineData(70_001, 200)]
    public void TopK_ThresholdFromASample_MatchesReference(int rowCount, int k)
    {
        Assert.NotEqual(0, ThresholdSample.Rank(k, rowCount));
        using ItemMatrix items = Fill(rowCount, _ => RandomVectors.Normal(_random, Dimension));
        Check(items, Requests(6, at => at == 2 ? 5 : k));
    }

    [Theory]
    [InlineData(20)]
    [InlineData(60)]
    public void TopK_SampleOfTheBestRowsOnly_IsAnsweredAgain(int highCount)
    {
        // All rows that score high lie where the sample looks, and there are fewer than K of them.
        const int RowCount = 24_576;
        const int K = 90;
        int sampled = ThresholdSample.Rows(RowCount);
        Assert.True(ThresholdSample.Rank(K, RowCount) <= highCount);
        int blockRows = TopKWorker.BlockRows((Dimension + 7) & ~7);
        int blocks = sampled / blockRows;
        HashSet<int> high = [];
        for (int at = 0; high.Count < highCount; at++)
        {
            int block = (int)(((2L * (at % blocks)) + 1) * (RowCount / blockRows) / (2 * blocks));
            high.Add((block * blockRows) + (at / blocks));
        }

        float[] query = RandomVectors.Normal(_random, Dimension);
        using ItemMatrix items = Fill(RowCount, row => high.Contains(row)
            ? [.. query.Select(element => element * (3 + _random.NextSingle()))]
            : RandomVectors.Normal(_random, Dimension, 0.1));
        TopKRequest[] batch = Requests(5, _ => K);
        batch[1].Query = query;
        batch[4].Query = query;
        Check(items, batch);
        Assert.Equal(K, batch[1].Count);
    }

    [Fact]
    public void Rank_FewRowsOrFewWanted_DoesWithout()
    {
        Assert.Equal(0, ThresholdSample.Rank(1000, 4000));
        Assert.Equal(0, ThresholdSample.Rank(10, 1_000_000));
        Assert.InRange(ThresholdSample.Rank(100, 100_000), 5, 50);
    }

    private static bool IsAllowed(string filter, int row, int rowCount) => filter switch
    {
        "none" => false,
        "one row" => row == 777,
        "five rows" => row is 0 or 63 or 64 or 20_010 or 5000,
        "3 in 100" => row * 37 % 100 < 3,
        "1 in 10" => row * 37 % 100 < 10,
        "half" => row * 37 % 100 < 50,
        "a stretch" => row is >= 5000 and < 7000,
        "two stretches" => row is (>= 100 and < 1500) or (>= 15_003 and < 16_100),
        "the end" => row >= rowCount - 1100,
        _ => true,
    };

    private TopKRequest[] Requests(int count, Func<int, int> k) =>
    [
        .. Enumerable.Range(0, count).Select(at => new TopKRequest
        {
            Query = RandomVectors.Normal(_random, Dimension),
            K = k(at),
            Results = new ScoredItem[k(at)],
        }),
    ];

    private ItemMatrix Fill(int rowCount, Func<int, float[]> row)
    {
        ItemMatrix items = _backends[0].CreateItems(Dimension, _budget);
        items.EnsureCapacity(rowCount);
        for (int index = 0; index < rowCount; index++)
        {
            items.Write(index, row(index));
        }

        items.Publish(rowCount);
        return items;
    }

    private void Check(ItemMatrix items, TopKRequest[] batch)
    {
        TopKReference.TopK(items, batch);
        ScoredItem[][] expected = [.. batch.Select(request => request.Results.AsSpan(0, request.Count).ToArray())];
        for (int backend = 0; backend < _backends.Length; backend++)
        {
            foreach (TopKRequest request in batch)
            {
                // What the reference left there must not pass for an answer.
                request.Count = -1;
                Array.Clear(request.Results);
            }

            _backends[backend].TopK(items, batch);
            for (int at = 0; at < batch.Length; at++)
            {
                Assert.True(
                    batch[at].Count >= 0
                        && expected[at].AsSpan().SequenceEqual(batch[at].Results.AsSpan(0, batch[at].Count)),
                    $"backend {backend}, query {at}");
            }
        }
    }
}
