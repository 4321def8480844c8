using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Replay;

namespace Ebb.Host.Tests.Evaluation;

/// <summary>
/// The specification of the decayed average, written out plainly and apart from the engine: v = Σ 2^(−age/H)·p in
/// double over the capped history, ages from its last event, every item scored in double, a full sort by score and
/// then catalogue index.
/// </summary>
internal sealed class OracleRanker(EvaluationSplit split, ItemVectors vectors, TimeSpan halfLife) : IRanker
{
    private readonly double _halfLifeMs = Ebb.Engine.Interest.MemorySchema.HalfLifeMs(halfLife);

    public int Rank(ReplayQuery query, IReadOnlySet<int> excluded, Span<int> top)
    {
        EvaluationCatalogue catalogue = split.Catalogue;
        double[] interest = Interest(query);
        double[] scores = new double[catalogue.Count];
        for (int item = 0; item < scores.Length; item++)
        {
            scores[item] = excluded.Contains(item)
                ? double.NegativeInfinity
                : Oracle.Dot(interest, vectors.Row(catalogue.VectorRows[item]).Span);
        }

        int[] best = Oracle.Top(scores, top.Length);
        int count = 0;
        while (count < best.Length && !double.IsNegativeInfinity(scores[best[count]]))
        {
            top[count] = best[count];
            count++;
        }

        return count;
    }

    private double[] Interest(ReplayQuery query)
    {
        double[] interest = new double[vectors.Dimension];
        long lastMs = split.Rows[query.HistoryEnd - 1].TimeMs;
        for (int row = query.HistoryStart; row < query.HistoryEnd; row++)
        {
            int item = split.Catalogue.IndexOf(split.Rows[row].Item);
            if (item >= 0)
            {
                double weight = Math.Pow(2, -(lastMs - split.Rows[row].TimeMs) / _halfLifeMs);
                Oracle.Add(interest, weight, vectors.Row(split.Catalogue.VectorRows[item]).Span);
            }
        }

        return interest;
    }
}
