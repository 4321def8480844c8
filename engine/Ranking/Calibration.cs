namespace Ebb.Engine.Ranking;

/// <summary>
/// From final scores to probabilities of interest, fitted elsewhere (<c>ebb fit</c>) and held by the policy: Platt's
/// sigmoid 1/(1 + e^(a·s + b)), or a rising line through points (isotonic regression), level beyond its ends.
/// J. Platt, "Probabilistic outputs for support vector machines", 1999; B. Zadrozny and C. Elkan, KDD 2002.
/// </summary>
public sealed record Calibration
{
    public const int PointCountMax = 1024;

    /// <summary>a, below 0, and b; null: points instead.</summary>
    public (double A, double B)? Platt { get; init; }

    /// <summary>Scores rising, probabilities not falling, 1 to 1024 of them; empty: the sigmoid instead.</summary>
    public IReadOnlyList<(double Score, double Probability)> Points { get; init; } = [];

    /// <param name="score">The final score, Score·2^Log2Scale.</param>
    public double ProbabilityOf(double score)
    {
        if (Platt is { } platt)
        {
            return 1 / (1 + Math.Exp((platt.A * score) + platt.B));
        }

        int above = FirstAbove(score);
        if (above == 0 || above == Points.Count)
        {
            return Points[above == 0 ? 0 : above - 1].Probability;
        }

        (double fromScore, double from) = Points[above - 1];
        (double toScore, double to) = Points[above];
        return from + ((to - from) * ((score - fromScore) / (toScore - fromScore)));
    }

    /// <summary>What keeps it from being served; null for nothing.</summary>
    internal string? Problem()
    {
        if (Platt is not null == Points.Count > 0)
        {
            return "a calibration has platt or isotonic, one of them";
        }

        if (Platt is { } platt)
        {
            return platt.A < 0 && double.IsFinite(platt.A) && double.IsFinite(platt.B)
                ? null
                : "platt's a is below 0, or a higher score would be less probable, and b is finite";
        }

        if (Points.Count > PointCountMax)
        {
            return $"{Points.Count} points of a calibration, at most {PointCountMax}";
        }

        for (int index = 0; index < Points.Count; index++)
        {
            (double score, double probability) = Points[index];
            bool isInOrder = index == 0
                || (score > Points[index - 1].Score && probability >= Points[index - 1].Probability);
            if (!double.IsFinite(score) || probability is not (>= 0 and <= 1) || !isInOrder)
            {
                return $"point {index} of the calibration: scores rise, probabilities lie in 0 to 1 and do not fall";
            }
        }

        return null;
    }

    private int FirstAbove(double score)
    {
        int low = 0;
        int high = Points.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = Points[middle].Score > score ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
