namespace Ebb.Engine.Interest.Curves;

/// <summary>Finds half-lives that a curve can be fitted to: what a refusal tells its reader. Pure.</summary>
public static class HalfLifeAdvisor
{
    private const int CountMax = 10;

    private static readonly double[] Ratios = [2, 3, 1.5];
    private static readonly double[] Starts = [1, 0.5, 0.25, 0.1, 0.02, 0.004];

    /// <summary>The fewest half-lives on a geometric ladder with a fit within the tolerance; null if none is.</summary>
    public static IReadOnlyList<TimeSpan>? Find(ForgettingCurve curve, double tolerance)
    {
        if (curve is ExponentialCurve exponential)
        {
            return [exponential.HalfLife];
        }

        for (int count = 2; count <= CountMax; count++)
        {
            foreach (double ratio in Ratios)
            {
                foreach (double start in Starts)
                {
                    TimeSpan[] ladder = Ladder(curve, count, start, ratio);
                    if (ladder.Length != 0 && Suits(curve, ladder, tolerance))
                    {
                        return ladder;
                    }
                }
            }
        }

        return null;
    }

    private static bool Suits(ForgettingCurve curve, TimeSpan[] halfLives, double tolerance)
    {
        double[] halfLivesMs = [.. halfLives.Select(MemorySchema.HalfLifeMs)];
        return CurveFitter.Fit(curve, halfLivesMs).WorstError <= tolerance;
    }

    /// <summary>Rounded to what <see cref="DurationText"/> prints, so that the advice is what was tried.</summary>
    private static TimeSpan[] Ladder(ForgettingCurve curve, int count, double start, double ratio)
    {
        double firstMs = curve.MiddleAgeMs * start;
        double lastMs = firstMs * Math.Pow(ratio, count - 1);
        if (firstMs < 1 || lastMs > TimeSpan.FromDays(36_500).TotalMilliseconds)
        {
            return [];
        }

        IEnumerable<TimeSpan> finite = Enumerable.Range(0, count)
            .Select(at => DurationText.Round(TimeSpan.FromMilliseconds(firstMs * Math.Pow(ratio, at))));
        return curve.Limit == 0 ? [.. finite] : [.. finite, MemorySchema.Never];
    }
}
