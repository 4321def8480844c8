namespace Ebb.Kernels.TopK;

/// <summary>
/// How a sample of the rows sets a query's threshold before the scan. Without one, about K·ln(N/K) rows pass while the
/// threshold climbs; with the r-th best of S sampled rows to begin with, about N·r/S. The r is high enough that among
/// random rows hardly a query in a thousand finds fewer than K rows there (their number in the sample is Poisson-like
/// with mean K·S/N; the margin is three deviations and three rows). That is a guess, not a proof: the job compares the
/// K-th exact score with the floor in the end and answers the query again without one if it fell short.
/// </summary>
internal static class ThresholdSample
{
    private const int RowsMin = 1024;
    private const int RowsMax = 32768;
    private const int RowsPerSampled = 24;

    // A floor must save this much, or the sample's own scan is not earned.
    private const double Margin = 1.5;

    /// <summary>Rows to sample; 0: too few rows.</summary>
    public static int Rows(int rowCount) =>
        rowCount < 4 * RowsMin ? 0 : Math.Clamp(rowCount / RowsPerSampled, RowsMin, RowsMax);

    /// <summary>The rank in the sample that is the floor for the best K; 0: do without.</summary>
    public static int Rank(int k, int rowCount)
    {
        double rows = Rows(rowCount);
        if (rows == 0)
        {
            return 0;
        }

        double mean = k * rows / rowCount;
        int rank = (int)Math.Ceiling(mean + (3 * Math.Sqrt(mean)) + 3);
        double passing = rowCount / rows * rank;
        return passing * Margin < k * (1 + Math.Log((double)rowCount / k)) ? rank : 0;
    }
}
