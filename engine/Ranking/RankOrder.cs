using Ebb.Kernels.TopK;

namespace Ebb.Engine.Ranking;

/// <summary>The total order of every list: score descending, then catalogue index ascending.</summary>
internal static class RankOrder
{
    public static readonly Comparison<ScoredItem> Compare = (left, right) =>
    {
        int byScore = right.Score.CompareTo(left.Score);
        return byScore != 0 ? byScore : left.Index.CompareTo(right.Index);
    };
}
