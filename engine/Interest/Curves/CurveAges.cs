namespace Ebb.Engine.Interest.Curves;

/// <summary>
/// The ages at which a curve is fitted to half-lives (a log grid, age 0, where the curve breaks), and the judge of a
/// fit on a much finer one, with the tail.
/// </summary>
internal sealed class CurveAges
{
    private const int FitAgeCount = 160;
    private const int FloorAgeCount = 640;
    private const int JudgeAgeCount = 6000;
    private const double ShortestShare = 1.0 / 100;

    // Finite half-lives after which a term is taken for settled: for the fit 1e-6 of it is left, for the judge 1e-18.
    private const double FitHalfLives = 20;
    private const double JudgeHalfLives = 60;

    private readonly ForgettingCurve _curve;
    private readonly double[] _halfLivesMs;
    private readonly double[] _fitAgesMs;
    private readonly double[] _values;
    private readonly double[] _terms;
    private readonly double[] _floorTerms;
    private readonly double _slowestMs;
    private readonly double _judgeEndMs;

    public CurveAges(ForgettingCurve curve, ReadOnlySpan<double> halfLivesMs)
    {
        _curve = curve;
        _halfLivesMs = halfLivesMs.ToArray();
        _slowestMs = _halfLivesMs.Max();
        double finiteMs = _halfLivesMs.Where(double.IsFinite).DefaultIfEmpty(0).Max();
        double fitEndMs = Math.Max(curve.SettledAgeMs, FitHalfLives * finiteMs);
        _judgeEndMs = Math.Max(10 * curve.SettledAgeMs, JudgeHalfLives * finiteMs);
        _fitAgesMs = Grid(FitAgeCount, fitEndMs);
        _values = [.. _fitAgesMs.Select(curve.At)];
        _terms = Table(_fitAgesMs, (ageMs, halfLifeMs) => Math.Pow(2, -ageMs / halfLifeMs));
        double[] floorAgesMs = Grid(FloorAgeCount, _judgeEndMs);
        FloorCount = floorAgesMs.Length;
        _floorTerms = Table(
            floorAgesMs, (ageMs, halfLifeMs) => Math.Pow(2, -ageMs * ((1 / halfLifeMs) - (1 / _slowestMs))));
        HasFloor = _values.All(value => value >= 0);
    }

    public int HalfLifeCount => _halfLivesMs.Length;

    public int FitCount => _fitAgesMs.Length;

    /// <summary>Ages at which the fit is held above zero: more than are fitted, and further out.</summary>
    public int FloorCount { get; }

    /// <summary>The curve is nowhere below zero, so its fit may not be either.</summary>
    public bool HasFloor { get; }

    public double Value(int row) => _values[row];

    public double Term(int row, int m) => _terms[(row * HalfLifeCount) + m];

    /// <summary>The term over the slowest one: at great ages the sign of the sum is the sign of what is left.</summary>
    public double FloorTerm(int row, int m) => _floorTerms[(row * HalfLifeCount) + m];

    /// <summary>|fit − curve| at every age of the fit; returns the largest.</summary>
    public double Errors(double[] coefficients, double[] errors)
    {
        double worst = 0;
        for (int row = 0; row < FitCount; row++)
        {
            double sum = 0;
            for (int m = 0; m < coefficients.Length; m++)
            {
                sum += coefficients[m] * Term(row, m);
            }

            errors[row] = Math.Abs(sum - _values[row]);
            worst = Math.Max(worst, errors[row]);
        }

        return worst;
    }

    /// <summary>The fit at an age of the floor's grid, over the slowest term there.</summary>
    public double Floor(double[] coefficients, int row)
    {
        double sum = 0;
        for (int m = 0; m < coefficients.Length; m++)
        {
            sum += coefficients[m] * FloorTerm(row, m);
        }

        return sum;
    }

    private double[] Table(double[] agesMs, Func<double, double, double> term)
    {
        double[] table = new double[agesMs.Length * HalfLifeCount];
        for (int at = 0; at < table.Length; at++)
        {
            table[at] = term(agesMs[at / HalfLifeCount], _halfLivesMs[at % HalfLifeCount]);
        }

        return table;
    }

    public CurveFit Judge(double[] coefficients)
    {
        double worst = 0;
        double worstAgeMs = 0;
        foreach (double ageMs in Grid(JudgeAgeCount, _judgeEndMs))
        {
            double error = Math.Abs(Sum(coefficients, ageMs) - _curve.At(ageMs));
            if (error > worst)
            {
                (worst, worstAgeMs) = (error, ageMs);
            }
        }

        double tail = Tail(coefficients);
        double sum = coefficients.Sum(Math.Abs);
        return tail > worst
            ? new CurveFit(coefficients, tail, double.PositiveInfinity, sum)
            : new CurveFit(coefficients, worst, worstAgeMs, sum);
    }

    /// <summary>
    /// Beyond the judge's grid the curve moves from its value there to its limit without turning, and the fit from its
    /// value there to the coefficient of "never": the error is at most this.
    /// </summary>
    private double Tail(double[] coefficients)
    {
        double never = 0;
        double left = 0;
        for (int m = 0; m < coefficients.Length; m++)
        {
            if (double.IsInfinity(_halfLivesMs[m]))
            {
                never += coefficients[m];
            }
            else
            {
                left += Math.Abs(coefficients[m]) * Math.Pow(2, -_judgeEndMs / _halfLivesMs[m]);
            }
        }

        return left + Math.Max(Math.Abs(never - _curve.At(_judgeEndMs)), Math.Abs(never - _curve.Limit));
    }

    private double Sum(double[] coefficients, double ageMs)
    {
        double sum = 0;
        for (int m = 0; m < coefficients.Length; m++)
        {
            sum += coefficients[m] * Math.Pow(2, -ageMs / _halfLivesMs[m]);
        }

        return sum;
    }

    private double[] Grid(int count, double endMs)
    {
        double startMs = Math.Min(_curve.MiddleAgeMs, _halfLivesMs.Min()) * ShortestShare;
        double step = Math.Pow(endMs / startMs, 1.0 / (count - 1));
        IEnumerable<double> logarithmic = Enumerable.Range(0, count).Select(at => startMs * Math.Pow(step, at));
        return [.. logarithmic.Concat(_curve.BreakAgesMs).Append(0).Order()];
    }
}
