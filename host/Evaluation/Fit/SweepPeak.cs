using Ebb.Engine.Interest;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// The half-life that a sweep says is best: the peak of the parabola through the best point and its neighbours, over
/// log half-life. The best point alone is the luck of the slice where two stand close; at an end, and where `never` is
/// best, the point is taken as it is. Forgetting must pay: where the best point is not above `never` by two standard
/// errors of their difference, it is `never`.
/// </summary>
internal static class SweepPeak
{
    /// <summary>How far to the right of the longest half-life `never` stands, in doublings.</summary>
    private const double NeverAfter = 2;

    private const double ErrorsMin = 2;

    public static TimeSpan Of(IReadOnlyList<SweepPoint> sweep)
    {
        SweepPoint[] points = [.. sweep.OrderBy(point => MemorySchema.HalfLifeMs(point.HalfLife))];
        int best = Enumerable.Range(0, points.Length).MaxBy(index => points[index].Recall20.Mean);
        if (points[best].OverNever is { } over && !(over.Mean > ErrorsMin * over.StandardError))
        {
            return MemorySchema.Never;
        }

        if (best == 0 || best == points.Length - 1)
        {
            return points[best].HalfLife;
        }

        double[] places = [.. points.Select(point => Math.Log2(MemorySchema.HalfLifeMs(point.HalfLife)))];
        double right = double.IsInfinity(places[best + 1]) ? places[best] + NeverAfter : places[best + 1];
        double rise = (points[best].Recall20.Mean - points[best - 1].Recall20.Mean) / (places[best] - places[best - 1]);
        double fall = (points[best].Recall20.Mean - points[best + 1].Recall20.Mean) / (right - places[best]);
        if (!(rise + fall > 0))
        {
            return points[best].HalfLife;
        }

        // The slope is `rise` halfway to the left neighbour and −`fall` halfway to the right one; it is 0 between.
        double left = (places[best - 1] + places[best]) / 2;
        double peak = left + (((right - places[best - 1]) / 2) * rise / (rise + fall));
        return DurationText.Round(TimeSpan.FromMilliseconds(Math.Pow(2, peak)));
    }
}
