using Ebb.Kernels.TopK;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

public sealed class TopKSelectionTests
{
    [Fact]
    public void Offer_AnyOrderOfManyTies_KeepsTheBestInOrder()
    {
        Random random = new(RandomVectors.Seed);
        TopKSelection selection = new();
        for (int round = 0; round < 300; round++)
        {
            int k = 1 + random.Next(40);
            ScoredItem[] offered =
                [.. Enumerable.Range(0, random.Next(120)).Select(index => new ScoredItem(index, random.Next(-4, 5)))];
            random.Shuffle(offered);
            selection.Reset(k, -3);
            foreach (ScoredItem item in offered)
            {
                selection.Offer(item.Score, item.Index);
            }

            ScoredItem[] expected =
            [
                .. offered.Where(item => item.Score >= -3)
                    .OrderByDescending(item => item.Score).ThenBy(item => item.Index).Take(k),
            ];
            ScoredItem[] results = new ScoredItem[k];
            Assert.Equal(expected, results[..selection.Drain(results)]);
        }
    }

    [Fact]
    public void Threshold_FollowsTheKthBest()
    {
        TopKSelection selection = new();
        selection.Reset(2, float.NegativeInfinity);
        Assert.Equal(float.NegativeInfinity, selection.Threshold);
        selection.Offer(5, 0);
        Assert.Equal(float.NegativeInfinity, selection.Threshold);
        selection.Offer(3, 1);
        Assert.Equal(3, selection.Threshold);
        selection.Offer(4, 2);
        Assert.Equal(4, selection.Threshold);
        selection.Reset(2, 7);
        Assert.Equal(MathF.BitDecrement(7), selection.Threshold);
    }

    [Fact]
    public void Key_AnyScores_SortAsTheAnswerDoes()
    {
        float[] scores =
        [
            float.NegativeInfinity, float.MinValue, -1, -1e-45f, 0,
            1e-45f, 1e-38f, 1, float.MaxValue, float.PositiveInfinity,
        ];
        for (int at = 0; at < scores.Length; at++)
        {
            ulong key = TopKFormula.Key(scores[at], 17);
            Assert.Equal((scores[at], 17), (TopKFormula.KeyScore(key), TopKFormula.KeyIndex(key)));
            Assert.True(key > TopKFormula.Key(scores[at], 18));
            Assert.True(at == 0 || key > TopKFormula.Key(scores[at - 1], 0));
        }
    }
}
