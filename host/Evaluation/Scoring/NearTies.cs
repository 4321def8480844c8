using Ebb.Engine.Interest;
using Ebb.Evaluation.Npy;

namespace Ebb.Evaluation.Scoring;

/// <summary>An item of a list: its line in the ids file and its score as the engine served it.</summary>
internal readonly record struct ScoredLine(int Item, float Score);

/// <summary>
/// The engine folds and serves in fp32, so two scores closer than that can come out equal, or the wrong way round by
/// their last bits. Where the order is compared with a float64 sum, items that the engine finds (nearly) equal are put
/// in the order of that sum, v = Σ 2^(−age/H)·p, and equal ones by index. Whatever lies further apart is left as it is.
/// </summary>
internal sealed class NearTies(ItemVectors vectors, TimeSpan halfLife)
{
    // Folding n events leaves at most about n·2^-24 of the sum; 2^-20 covers what decay lets pile up.
    private const float RelativeGap = 1f / (1 << 20);

    private readonly double _halfLifeMs = MemorySchema.HalfLifeMs(halfLife);

    /// <summary>Reorders within runs of neighbours that are nearly equal. List is best first.</summary>
    public void Order(ScoreLine line, Span<ScoredLine> list)
    {
        double[]? interest = null;
        for (int start = 0; start < list.Length;)
        {
            int end = start + 1;
            while (end < list.Length && IsNear(list[end - 1].Score, list[end].Score))
            {
                end++;
            }

            if (end - start > 1)
            {
                interest ??= Interest(line);
                SortRun(list[start..end], interest);
            }

            start = end;
        }
    }

    private static bool IsNear(float better, float worse) => better - worse <= Math.Abs(better) * RelativeGap;

    private void SortRun(Span<ScoredLine> run, double[] interest)
    {
        var exact = new (double Score, ScoredLine Line)[run.Length];
        for (int place = 0; place < run.Length; place++)
        {
            exact[place] = (Dot(interest, vectors.Row(run[place].Item).Span), run[place]);
        }

        Array.Sort(exact, (left, right) => right.Score != left.Score
            ? right.Score.CompareTo(left.Score)
            : left.Line.Item.CompareTo(right.Line.Item));
        for (int place = 0; place < run.Length; place++)
        {
            run[place] = exact[place].Line;
        }
    }

    private double[] Interest(ScoreLine line)
    {
        double[] interest = new double[vectors.Dimension];
        long lastMs = line.LastEventMs;
        foreach (ScoreEvent entry in line.Events)
        {
            double weight = Math.Pow(2, (entry.TimeMs - lastMs) / _halfLifeMs);
            ReadOnlySpan<float> vector = vectors.Row(entry.Item).Span;
            for (int dimension = 0; dimension < interest.Length; dimension++)
            {
                interest[dimension] += weight * vector[dimension];
            }
        }

        return interest;
    }

    private static double Dot(double[] interest, ReadOnlySpan<float> vector)
    {
        double sum = 0;
        for (int dimension = 0; dimension < interest.Length; dimension++)
        {
            sum += interest[dimension] * vector[dimension];
        }

        return sum;
    }
}
