using System.Numerics;
using Ebb.Engine.Ranking;
using Ebb.Engine.Store;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Encoders;

/// <summary>
/// What a trained re-ranker sees of each of the best K′: its score beside the others', and how it stands to the user's
/// last events and to both dense queries. One code for training and serving. Pure; allocates nothing.
/// </summary>
public static class ReRankFeatures
{
    /// <summary>Cosines are taken with so many of the last events.</summary>
    public const int EventCountMax = 16;

    private const double FadeEvents = 4;
    private const double MsPerHour = 3_600_000;

    /// <summary>In order; a bundle names those that its model was trained with.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "score", "gap", "place", "cosine_last", "cosine_second", "cosine_nearest", "cosine_mean", "repeats", "recency",
        "age", "cosine_query", "cosine_encoder", "events",
    ];

    /// <summary>Writes Names.Count values for each of the first items.</summary>
    /// <param name="context">User and items.</param>
    /// <param name="best">Best first.</param>
    /// <param name="features">A row an item, one after the other.</param>
    public static void Fill(in ReRankContext context, ReadOnlySpan<ScoredItem> best, Span<float> features)
    {
        Span<int> rows = stackalloc int[EventCountMax];
        Span<double> norms = stackalloc double[EventCountMax];
        int eventCount = 0;
        foreach (ref readonly RecentEvent recent in context.Recent)
        {
            if (eventCount < EventCountMax && recent.Weight > 0)
            {
                rows[eventCount] = (int)recent.ItemIndex;
                norms[eventCount++] = Norm(context.Items.Row((int)recent.ItemIndex));
            }
        }

        (double mean, double spread) = Moments(best);
        double queryNorm = Norm(context.Query);
        double encodingNorm = Norm(context.Encoding);
        for (int place = 0; place < best.Length; place++)
        {
            Span<float> row = features.Slice(place * Names.Count, Names.Count);
            ReadOnlySpan<float> vector = context.Items.Row(best[place].Index);
            double norm = Norm(vector);
            row[0] = (float)((best[place].Score - mean) / spread);
            row[1] = (float)((best[place].Score - best[0].Score) / spread);
            row[2] = (float)(Math.Log(1 + place) / Math.Log(1 + best.Length));
            Cosines(context, vector, norm, rows[..eventCount], norms, row);
            Past(context, best[place].Index, row);
            row[10] = (float)Cosine(Dot(context.Query, vector), queryNorm, norm);
            row[11] = context.Encoding.Length == 0
                ? 0
                : (float)Cosine(Dot(context.Encoding, vector), encodingNorm, norm);
            row[12] = (float)Math.Log(1 + context.Recent.Length);
        }
    }

    private static void Cosines(
        in ReRankContext context, ReadOnlySpan<float> vector, double norm, ReadOnlySpan<int> rows,
        ReadOnlySpan<double> norms, Span<float> row)
    {
        row[3..7].Clear();
        double nearest = rows.Length == 0 ? 0 : -1;
        double sum = 0;
        double weights = 0;
        for (int at = 0; at < rows.Length; at++)
        {
            double cosine = Cosine(Dot(context.Items.Row(rows[at]), vector), norms[at], norm);
            double weight = Math.Pow(2, -at / FadeEvents);
            nearest = Math.Max(nearest, cosine);
            sum += weight * cosine;
            weights += weight;
            if (at < 2)
            {
                row[3 + at] = (float)cosine;
            }
        }

        row[5] = (float)nearest;
        row[6] = weights > 0 ? (float)(sum / weights) : 0;
    }

    /// <summary>How often, how many events and how long ago the user did this item.</summary>
    private static void Past(in ReRankContext context, int item, Span<float> row)
    {
        row[7..10].Clear();
        int count = 0;
        for (int at = 0; at < context.Recent.Length; at++)
        {
            if (context.Recent[at].ItemIndex == (uint)item && context.Recent[at].Weight > 0)
            {
                if (count++ == 0)
                {
                    double hours = Math.Max(0, context.NowMs - context.Recent[at].TimeMs) / MsPerHour;
                    row[8] = 1f / (1 + at);
                    row[9] = (float)(1 / (1 + Math.Log(1 + hours)));
                }
            }
        }

        row[7] = (float)Math.Log(1 + count);
    }

    private static (double Mean, double Spread) Moments(ReadOnlySpan<ScoredItem> best)
    {
        double sum = 0;
        double squares = 0;
        foreach (ScoredItem item in best)
        {
            sum += item.Score;
            squares += (double)item.Score * item.Score;
        }

        double mean = sum / Math.Max(1, best.Length);
        double variance = (squares / Math.Max(1, best.Length)) - (mean * mean);
        return (mean, variance > 1e-12 ? Math.Sqrt(variance) : 1);
    }

    private static double Cosine(double dot, double left, double right) =>
        left > 0 && right > 0 ? dot / (left * right) : 0;

    private static double Norm(ReadOnlySpan<float> vector) => Math.Sqrt(Dot(vector, vector));

    private static double Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        Vector<float> sums = Vector<float>.Zero;
        int d = 0;
        for (; d <= left.Length - Vector<float>.Count; d += Vector<float>.Count)
        {
            sums += new Vector<float>(left[d..]) * new Vector<float>(right[d..]);
        }

        double sum = Vector.Sum(sums);
        for (; d < left.Length; d++)
        {
            sum += left[d] * right[d];
        }

        return sum;
    }
}
