using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Shop;

/// <summary>
/// What an engine with one half-life ranks by, as plain sums in double: v = Σ 2^(−age/h)·p over a history.
/// </summary>
internal static class PlainInterest
{
    public static double[] Of(EvaluationSplit split, ReplayQuery query, float[][] vectors, double halfLifeMs)
    {
        double[] interest = new double[vectors[0].Length];
        long lastMs = split.Rows[query.HistoryEnd - 1].TimeMs;
        for (int row = query.HistoryStart; row < query.HistoryEnd; row++)
        {
            BehaviourRow act = split.Rows[row];
            int item = split.Catalogue.IndexOf(act.Item);
            if (item >= 0)
            {
                Add(interest, vectors[item], Math.Pow(2, -(lastMs - act.TimeMs) / halfLifeMs));
            }
        }

        return interest;
    }

    public static void Add(double[] sum, float[] vector, double weight)
    {
        for (int d = 0; d < sum.Length; d++)
        {
            sum[d] += weight * vector[d];
        }
    }

    public static double Dot(double[] interest, float[] vector)
    {
        double sum = 0;
        for (int d = 0; d < interest.Length; d++)
        {
            sum += interest[d] * vector[d];
        }

        return sum;
    }

    /// <summary>The K items of the highest dot product; equal ones by index.</summary>
    public static int[] Top(double[] interest, float[][] vectors, int count)
    {
        var best = new PriorityQueue<int, (double Score, int Worse)>();
        for (int item = 0; item < vectors.Length; item++)
        {
            (double, int) priority = (Dot(interest, vectors[item]), -item);
            if (best.Count < count)
            {
                best.Enqueue(item, priority);
            }
            else
            {
                best.EnqueueDequeue(item, priority);
            }
        }

        return [.. best.UnorderedItems.Select(entry => entry.Element)];
    }
}
