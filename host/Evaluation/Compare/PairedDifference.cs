using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Compare;

/// <summary>
/// The mean difference of two methods that answered the same queries. Queries of one user are not independent, so the
/// standard error is clustered by user: √(Σ_u (Σ_{q of u} (d_q − d̄))² · G/(G − 1))/n with G users (Liang and Zeger,
/// 1986; Cameron and Miller, 2015). With one query a user it is the usual paired one.
/// </summary>
internal static class PairedDifference
{
    /// <summary>Values of the same queries, and the cluster of each.</summary>
    public static MetricEstimate Of(ReadOnlySpan<double> values, ReadOnlySpan<double> baseline, ReadOnlySpan<int> users)
    {
        int count = values.Length;
        if (count == 0)
        {
            return new MetricEstimate(double.NaN, double.NaN);
        }

        double mean = 0;
        for (int index = 0; index < count; index++)
        {
            mean += (values[index] - baseline[index]) / count;
        }

        var sums = new Dictionary<int, double>();
        for (int index = 0; index < count; index++)
        {
            sums[users[index]] = sums.GetValueOrDefault(users[index]) + values[index] - baseline[index] - mean;
        }

        double clusters = sums.Count;
        double squares = sums.Values.Sum(sum => sum * sum);
        double error = clusters > 1 ? Math.Sqrt(squares * clusters / (clusters - 1)) / count : double.NaN;
        return new MetricEstimate(mean, error);
    }
}
