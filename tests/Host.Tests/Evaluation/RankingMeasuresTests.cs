using Ebb.Evaluation.Replay;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

public sealed class RankingMeasuresTests
{
    private static readonly int[] List = [.. Enumerable.Range(100, 20)];

    [Fact]
    public void Of_OneTruthAtRankThree_HasHandComputedMeasures()
    {
        QueryMeasures measures = RankingMeasures.Of(List, [102]);

        Assert.Equal(1.0, measures.Recall20);
        Assert.Equal(0.5, measures.Ndcg10, 12);
        Assert.Equal(1.0 / 3, measures.Mrr20, 12);
    }

    [Fact]
    public void Of_TwoOfThreeTruths_DividesByTruthAndIdeal()
    {
        QueryMeasures measures = RankingMeasures.Of(List, [100, 7, 103]);

        double ideal = 1 + (1 / Math.Log2(3)) + 0.5;
        Assert.Equal(2.0 / 3, measures.Recall20, 12);
        Assert.Equal((1 + (1 / Math.Log2(5))) / ideal, measures.Ndcg10, 12);
        Assert.Equal(1.0, measures.Mrr20, 12);
    }

    [Fact]
    public void Of_HitAtRankEleven_CountsForRecallAndMrrAlone()
    {
        QueryMeasures measures = RankingMeasures.Of(List, [110]);

        Assert.Equal(new QueryMeasures(1, 0, 1.0 / 11), measures);
    }

    [Fact]
    public void Of_MoreTruthsThanPlaces_CapsTheDenominators()
    {
        int[] truth = [.. Enumerable.Range(100, 40)];

        QueryMeasures measures = RankingMeasures.Of(List, truth);

        Assert.Equal(1.0, measures.Recall20);
        Assert.Equal(1.0, measures.Ndcg10, 12);
    }

    [Fact]
    public void Of_UnseenTruth_IsAMissThatCounts()
    {
        QueryMeasures measures = RankingMeasures.Of(List, [-1, 100]);

        Assert.Equal(0.5, measures.Recall20);
        Assert.Equal(1 / (1 + (1 / Math.Log2(3))), measures.Ndcg10, 12);
    }

    [Fact]
    public void Of_PlacesPastTwenty_DoNotCount()
    {
        int[] longer = [.. List, 7];

        Assert.Equal(default, RankingMeasures.Of(longer, [7]));
    }

    [Fact]
    public void Summarise_FourQueries_HasMeanAndStandardError()
    {
        QueryMeasures[] queries = [new(1, 0, 0), new(0, 0, 0), new(1, 0, 0), new(0, 0, 0)];

        MethodResult result = RankingMeasures.Summarise("m", true, queries, TimeSpan.Zero);

        // Sample variance 1/3; divided by 4; root.
        Assert.Equal(0.5, result.Recall20.Mean, 12);
        Assert.Equal(Math.Sqrt(1.0 / 12), result.Recall20.StandardError, 12);
        Assert.Equal(new MetricEstimate(0, 0), result.Mrr20);
    }
}
