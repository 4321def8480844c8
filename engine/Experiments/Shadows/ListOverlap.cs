namespace Ebb.Engine.Experiments.Shadows;

/// <summary>How alike two ranked lists of distinct items are. Stateless.</summary>
internal static class ListOverlap
{
    /// <summary>Persistence of rank-biased overlap: the first ten places have 86 % of the weight.</summary>
    public const double Persistence = 0.9;

    /// <summary>Shared items over the length of the longer list; 1 for two empty lists.</summary>
    public static double AtK(ReadOnlySpan<int> left, ReadOnlySpan<int> right)
    {
        int depth = Math.Max(left.Length, right.Length);
        return depth == 0 ? 1 : (double)Shared(left, right) / depth;
    }

    /// <summary>
    /// Extrapolated rank-biased overlap (Webber, Moffat, Zobel 2010, equation 30) down to the longer list's end, a
    /// shorter list ending early: A_k·p^k + (1−p)/p·Σ_{d=1..k} A_d·p^d, A_d the shared part of the first d.
    /// </summary>
    public static double RankBiased(ReadOnlySpan<int> left, ReadOnlySpan<int> right)
    {
        int depth = Math.Max(left.Length, right.Length);
        if (depth == 0)
        {
            return 1;
        }

        double sum = 0;
        double weight = 1;
        double agreement = 0;
        int shared = 0;
        for (int d = 1; d <= depth; d++)
        {
            shared += Gained(left, right, d);
            agreement = (double)shared / d;
            weight *= Persistence;
            sum += agreement * weight;
        }

        return (agreement * weight) + ((1 - Persistence) / Persistence * sum);
    }

    // What place d adds to what both prefixes share.
    private static int Gained(ReadOnlySpan<int> left, ReadOnlySpan<int> right, int d)
    {
        bool hasLeft = d <= left.Length;
        bool hasRight = d <= right.Length;
        if (hasLeft && hasRight && left[d - 1] == right[d - 1])
        {
            return 1;
        }

        int gained = hasLeft && right[..Math.Min(d, right.Length)].Contains(left[d - 1]) ? 1 : 0;
        return gained + (hasRight && left[..Math.Min(d, left.Length)].Contains(right[d - 1]) ? 1 : 0);
    }

    private static int Shared(ReadOnlySpan<int> left, ReadOnlySpan<int> right)
    {
        int shared = 0;
        foreach (int item in left)
        {
            shared += right.Contains(item) ? 1 : 0;
        }

        return shared;
    }
}
