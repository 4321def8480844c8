using MathNet.Numerics.LinearAlgebra;

namespace Ebb.Engine.Interest.Curves;

/// <summary>
/// Fits a curve to a bank's half-lives: least squares on a log grid of ages. Coefficients are free in sign, because a
/// sum of decaying exponentials with none below zero is convex and no Gaussian is; but the fit itself stays ≥ 0 at
/// every age where the curve does. Else an idle user's vector, which is scaled up, would point away from what they
/// liked. Pure; milliseconds of work, for a policy's start.
/// </summary>
public static class CurveFitter
{
    /// <summary>What rounding of fp32 sums may add per unit of Σ|c_m|: weighs coefficients against closeness.</summary>
    private const double Rounding = 1e-6;

    private const double FloorWeight = 30;
    private const double FloorMargin = 1e-3;
    private const int FloorRoundMax = 40;

    private static readonly double[] Ridges = [1e-7, 1e-5, 1e-4, 1e-3, 1e-2];

    /// <param name="curve">With no <see cref="ForgettingCurve.Problem"/>.</param>
    /// <param name="halfLivesMs">h_m, as a bank has them: above zero, infinity for never.</param>
    public static CurveFit Fit(ForgettingCurve curve, ReadOnlySpan<double> halfLivesMs)
    {
        if (curve.Problem is { } problem)
        {
            throw new ArgumentException("the forgetting curve cannot be: " + problem, nameof(curve));
        }

        var ages = new CurveAges(curve, halfLivesMs);
        if (curve is ExponentialCurve exponential
            && halfLivesMs.IndexOf(MemorySchema.HalfLifeMs(exponential.HalfLife)) is >= 0 and int exact)
        {
            double[] one = new double[halfLivesMs.Length];
            one[exact] = 1;
            return ages.Judge(one);
        }

        CurveFit? best = null;
        foreach (double ridge in Ridges)
        {
            CurveFit fit = ages.Judge(Solve(ages, ridge));
            best = best is null || Cost(fit) < Cost(best) ? fit : best;
        }

        return best!;
    }

    private static double Cost(CurveFit fit) => fit.WorstError + (Rounding * fit.CoefficientSum);

    /// <summary>
    /// Least squares with a small ridge; ages at which the fit falls below zero become rows that hold it up, until
    /// none does.
    /// </summary>
    private static double[] Solve(CurveAges ages, double ridge)
    {
        var floored = new List<int>();
        double[] coefficients = Least(ages, ridge, floored);
        for (int round = 0; ages.HasFloor && round < FloorRoundMax; round++)
        {
            int before = floored.Count;
            floored.AddRange(ages.BelowZero(coefficients).Except(floored).ToArray());
            if (floored.Count == before)
            {
                break;
            }

            coefficients = Least(ages, ridge, floored);
        }

        return coefficients;
    }

    private static double[] Least(CurveAges ages, double ridge, List<int> floored)
    {
        int columnCount = ages.HalfLifeCount;
        int rowCount = ages.FitCount + columnCount + floored.Count;
        Matrix<double> rows = Matrix<double>.Build.Dense(rowCount, columnCount);
        Vector<double> targets = Vector<double>.Build.Dense(rowCount);
        for (int row = 0; row < ages.FitCount; row++)
        {
            targets[row] = ages.Value(row);
            for (int m = 0; m < columnCount; m++)
            {
                rows[row, m] = ages.Term(row, m);
            }
        }

        for (int m = 0; m < columnCount; m++)
        {
            rows[ages.FitCount + m, m] = ridge;
        }

        for (int at = 0; at < floored.Count; at++)
        {
            int row = ages.FitCount + columnCount + at;
            targets[row] = FloorWeight * FloorMargin;
            for (int m = 0; m < columnCount; m++)
            {
                rows[row, m] = FloorWeight * ages.FloorTerm(floored[at], m);
            }
        }

        return [.. rows.QR(MathNet.Numerics.LinearAlgebra.Factorization.QRMethod.Thin).Solve(targets)];
    }
}
