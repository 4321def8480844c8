using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>Rows put off while a threshold climbs: what is handed over, and that nothing in reach is lost.</summary>
public sealed class DeferredRowsTests
{
    private const int Rows = 5000;
    private const int K = 10;

    private readonly Random _random = new(RandomVectors.Seed);

    [Theory]
    [InlineData(0f)]
    [InlineData(0.5f)]
    [InlineData(float.PositiveInfinity)]
    public void Rerank_ThresholdsThatRose_GivesTheBest(float slack)
    {
        using NativeItemMatrix items = new(8, new MemoryBudget(1 << 30));
        items.EnsureCapacity(Rows);
        float[] query = RandomVectors.Normal(_random, 8);
        for (int row = 0; row < Rows; row++)
        {
            items.Write(row, RandomVectors.Normal(_random, 8));
        }

        items.Publish(Rows);
        TopKRequest expected = new() { Query = query, K = K, Results = new ScoredItem[K] };
        TopKReference.TopK(items, [expected]);
        float[] scores = new float[Rows];
        TopKCpu.Score(items, query, [.. Enumerable.Range(0, Rows)], scores);
        TopKBatch batch = new();
        batch.Prepare(items, [new TopKRequest { Query = query, K = K, Results = new ScoredItem[K] }], usesCodes: false);
        TopKSelection selection = new();
        selection.Reset(K, float.NegativeInfinity);
        ExactRerank rerank = new();
        rerank.Begin(batch, 0, selection);
        DeferredRows deferred = new();

        // Twice, for what a query before left behind must not come back.
        for (int round = 0; round < 2; round++)
        {
            deferred.Clear();
            for (int row = 0; row < Rows; row++)
            {
                // What K of the rows so far reach: the threshold of a scan that has seen them.
                float threshold = row < 500 ? float.NegativeInfinity : expected.Results[K - 1].Score - (500f / row);
                deferred.Add(scores[row] + slack, row, threshold);
            }
        }

        deferred.Rerank(rerank, float.NegativeInfinity);
        ScoredItem[] found = new ScoredItem[K];
        Assert.Equal(K, selection.Drain(found));
        Assert.Equal(expected.Results, found);
        selection.Reset(K, float.NegativeInfinity);
        deferred.Rerank(rerank, float.NegativeInfinity);
        Assert.Equal(0, selection.Drain(found));
    }
}
