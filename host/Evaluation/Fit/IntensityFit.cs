namespace Ebb.Evaluation.Fit;

/// <summary>A point of an intensity: at this age, this value, seen so often.</summary>
public readonly record struct IntensityPoint(double AgeMs, double Value, double Weight);

/// <summary>
/// A·2^(−t/h) + c by weighted least squares. For a given h the best A and c are linear; what is left is a search over
/// one number (variable projection: Golub and Pereyra, 1973): a log grid, then golden sections.
/// </summary>
/// <param name="Name">Whose intensity.</param>
/// <param name="Amplitude">A.</param>
/// <param name="HalfLifeMs">h.</param>
/// <param name="Floor">c.</param>
public sealed record IntensityFit(string Name, double Amplitude, double HalfLifeMs, double Floor)
{
    private const int GridCount = 80;
    private const int SectionCount = 60;

    public required IReadOnlyList<IntensityPoint> Points { get; init; }

    /// <summary>Root of the weighted mean of squared residuals.</summary>
    public double Residual { get; private init; }

    /// <summary>Share of the weighted variance that the curve explains.</summary>
    public double Explained { get; private init; }

    public double At(double ageMs) => (Amplitude * Math.Pow(2, -ageMs / HalfLifeMs)) + Floor;

    /// <summary>Null for fewer than four points, or points all of one age.</summary>
    public static IntensityFit? Of(string name, IReadOnlyList<IntensityPoint> points)
    {
        double first = points.Where(point => point.AgeMs > 0).Select(point => point.AgeMs).DefaultIfEmpty(0).Min();
        double last = points.Select(point => point.AgeMs).DefaultIfEmpty(0).Max();
        if (points.Count < 4 || !(last > first) || points.Sum(point => point.Weight) <= 0)
        {
            return null;
        }

        double low = Math.Log(first / 4);
        double step = (Math.Log(last * 4) - low) / (GridCount - 1);
        int best = Enumerable.Range(0, GridCount).MinBy(at => Linear(points, Math.Exp(low + (at * step))).Squares);
        double halfLifeMs = Math.Exp(Golden(
            at => Linear(points, Math.Exp(at)).Squares, low + ((best - 1) * step), low + ((best + 1) * step)));
        (double amplitude, double floor, double squares) = Linear(points, halfLifeMs);
        double total = points.Sum(point => point.Weight);
        double mean = points.Sum(point => point.Weight * point.Value) / total;
        double spread = points.Sum(point => point.Weight * (point.Value - mean) * (point.Value - mean));
        return new IntensityFit(name, amplitude, halfLifeMs, floor)
        {
            Points = points,
            Residual = Math.Sqrt(squares / total),
            Explained = spread > 0 ? 1 - (squares / spread) : 1,
        };
    }

    /// <summary>The best A and c for one h, and the weighted sum of squares that they leave.</summary>
    private static (double Amplitude, double Floor, double Squares) Linear(
        IReadOnlyList<IntensityPoint> points, double halfLifeMs)
    {
        double total = 0;
        double meanTerm = 0;
        double meanValue = 0;
        foreach (IntensityPoint point in points)
        {
            total += point.Weight;
            meanTerm += point.Weight * Term(point, halfLifeMs);
            meanValue += point.Weight * point.Value;
        }

        meanTerm /= total;
        meanValue /= total;
        double cross = 0;
        double spread = 0;
        foreach (IntensityPoint point in points)
        {
            double term = Term(point, halfLifeMs) - meanTerm;
            cross += point.Weight * term * (point.Value - meanValue);
            spread += point.Weight * term * term;
        }

        double amplitude = spread > 1e-18 * total ? cross / spread : 0;
        double floor = meanValue - (amplitude * meanTerm);
        double squares = points.Sum(point =>
            point.Weight * Math.Pow(point.Value - (amplitude * Term(point, halfLifeMs)) - floor, 2));
        return (amplitude, floor, squares);
    }

    private static double Term(IntensityPoint point, double halfLifeMs) => Math.Pow(2, -point.AgeMs / halfLifeMs);

    private static double Golden(Func<double, double> cost, double low, double high)
    {
        double ratio = (Math.Sqrt(5) - 1) / 2;
        for (int section = 0; section < SectionCount; section++)
        {
            double left = high - (ratio * (high - low));
            double right = low + (ratio * (high - low));
            (low, high) = cost(left) < cost(right) ? (low, right) : (left, high);
        }

        return (low + high) / 2;
    }
}
