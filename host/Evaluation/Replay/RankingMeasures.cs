namespace Ebb.Evaluation.Replay;

/// <summary>One query's measures.</summary>
internal readonly record struct QueryMeasures(double Recall20, double Ndcg10, double Mrr20);

/// <summary>
/// Recall@20 = hits/min(20, |truth|); NDCG@10 with gain 1/log2(1 + rank) over its best over min(10, |truth|);
/// MRR@20 = 1/rank of the first hit. Ranks count from 1.
/// </summary>
internal static class RankingMeasures
{
    public const int ListLength = 20;
    private const int NdcgLength = 10;

    /// <summary>List and truth are catalogue indices; a truth of -1 is never hit but counts in |truth|.</summary>
    public static QueryMeasures Of(ReadOnlySpan<int> list, ReadOnlySpan<int> truth)
    {
        int hits = 0;
        double gain = 0;
        double firstHit = 0;
        for (int place = 0; place < Math.Min(list.Length, ListLength); place++)
        {
            if (!truth.Contains(list[place]))
            {
                continue;
            }

            hits++;
            gain += place < NdcgLength ? 1 / Math.Log2(place + 2) : 0;
            firstHit = firstHit == 0 ? 1.0 / (place + 1) : firstHit;
        }

        double best = 0;
        for (int place = 0; place < Math.Min(NdcgLength, truth.Length); place++)
        {
            best += 1 / Math.Log2(place + 2);
        }

        return new QueryMeasures((double)hits / Math.Min(ListLength, truth.Length), gain / best, firstHit);
    }

    public static MethodResult Summarise(string method, bool baseline, QueryMeasures[] queries, TimeSpan took) =>
        new(method, baseline, Estimate([.. queries.Select(query => query.Recall20)]),
            Estimate([.. queries.Select(query => query.Ndcg10)]),
            Estimate([.. queries.Select(query => query.Mrr20)]), took.TotalSeconds);

    public static MetricEstimate Estimate(ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
        {
            return new MetricEstimate(double.NaN, double.NaN);
        }

        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        double mean = sum / values.Length;
        double squares = 0;
        foreach (double value in values)
        {
            squares += (value - mean) * (value - mean);
        }

        double error = values.Length > 1 ? Math.Sqrt(squares / (values.Length - 1) / values.Length) : double.NaN;
        return new MetricEstimate(mean, error);
    }
}
