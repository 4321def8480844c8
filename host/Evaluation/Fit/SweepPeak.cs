using Ebb.Engine.Interest;
using Ebb.Evaluation.Replay;
using MathNet.Numerics.LinearAlgebra;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// The half-life that a sweep says is best: the peak of a parabola over log half-life, by least squares through the
/// best point and up to two on either side. The best point alone is the luck of the slice where two stand close, and
/// three points leave a parabola no error to spread. At an end, and where `never` is best, the point is taken as it is.
/// Forgetting must pay: where the best point is not above `never` by more than one standard error of their difference
/// (Breiman and others, 1984), or by less than a hundredth, it is `never`. That is a margin for the simpler model and
/// no test of significance: both ways of being wrong cost the same, so the better estimate is the better bet.
/// </summary>
internal static class SweepPeak
{
    /// <summary>How far to the right of the longest half-life `never` stands, in doublings.</summary>
    private const double NeverAfter = 2;

    private const double ErrorsMin = 1;
    private const double GainMin = 0.01;
    private const int Beside = 2;

    public static TimeSpan Of(IReadOnlyList<SweepPoint> sweep)
    {
        SweepPoint[] points = [.. sweep.OrderBy(point => MemorySchema.HalfLifeMs(point.HalfLife))];
        int best = Enumerable.Range(0, points.Length).MaxBy(index => points[index].Recall20.Mean);
        if (points[best].OverNever is { } over && !Pays(over, points[best].Recall20.Mean - over.Mean))
        {
            return MemorySchema.Never;
        }

        if (best == 0 || best == points.Length - 1)
        {
            return points[best].HalfLife;
        }

        double[] places = [.. points.Select(point => Math.Log2(MemorySchema.HalfLifeMs(point.HalfLife)))];
        if (double.IsInfinity(places[^1]))
        {
            places[^1] = places[^2] + NeverAfter;
        }

        double peak = PeakOf(points, places, Math.Max(0, best - Beside), Math.Min(points.Length - 1, best + Beside))
            ?? PeakOf(points, places, best - 1, best + 1)
            ?? places[best];

        // Further than the next point it is the shape of the far ones that speaks.
        double longest = double.IsInfinity(MemorySchema.HalfLifeMs(points[best + 1].HalfLife))
            ? places[best] + (NeverAfter / 2)
            : places[best + 1];
        return DurationText.Round(TimeSpan.FromMilliseconds(
            Math.Pow(2, Math.Clamp(peak, places[best - 1], longest))));
    }

    private static bool Pays(MetricEstimate over, double never) =>
        over.Mean > ErrorsMin * over.StandardError && over.Mean >= GainMin * never;

    /// <summary>Null: the parabola through these points has no top.</summary>
    private static double? PeakOf(SweepPoint[] points, double[] places, int from, int to)
    {
        double middle = places[from..(to + 1)].Average();
        Matrix<double> powers = Matrix<double>.Build.Dense(
            to - from + 1, 3, (row, power) => Math.Pow(places[from + row] - middle, power));
        Vector<double> recalls = Vector<double>.Build.Dense(
            to - from + 1, row => points[from + row].Recall20.Mean);
        Vector<double> parabola = powers.QR().Solve(recalls);
        return parabola[2] < -1e-9 ? middle - (parabola[1] / (2 * parabola[2])) : null;
    }
}
