using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Ebb.Engine.Interest.Curves;

/// <summary>
/// Fits a curve to a bank's half-lives: least squares on a log grid of ages, weighted anew by its own errors a number
/// of times (Lawson's iteration), because what is promised is the worst error. Coefficients are free in sign, because a
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
    private const int RoundCount = 60;

    private static readonly double[] Ridges = [1e-5, 1e-3];

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
    /// Rounds of least squares with a small ridge. Ages at which a round falls below zero become rows that hold the
    /// later ones up; ages with large errors weigh more in the next. The best round that stays above zero counts;
    /// where none does, all coefficients are zero, which no tolerance takes for a fit.
    /// </summary>
    private static double[] Solve(CurveAges ages, double ridge)
    {
        var floored = new List<int>();
        double[] weights = new double[ages.FitCount];
        double[] errors = new double[ages.FitCount];
        Array.Fill(weights, 1);
        double[] best = new double[ages.HalfLifeCount];
        double bestWorst = double.PositiveInfinity;
        for (int round = 0; round < RoundCount; round++)
        {
            double[] coefficients = Least(ages, ridge, weights, floored);
            double worst = ages.Errors(coefficients, errors);
            if (ages.HasFloor && !Hold(ages, coefficients, floored))
            {
                continue;
            }

            if (worst < bestWorst)
            {
                (best, bestWorst) = (coefficients, worst);
            }

            Reweigh(weights, errors, worst);
        }

        return best;
    }

    /// <summary>
    /// True if the fit is nowhere below zero. Otherwise each stretch that is gets a row at its lowest age. Rows that
    /// hold nothing up any more go: left in, they would hold it down.
    /// </summary>
    private static bool Hold(CurveAges ages, double[] coefficients, List<int> floored)
    {
        floored.RemoveAll(row => ages.Floor(coefficients, row) > FloorMargin);
        int lowest = -1;
        bool isAbove = true;
        for (int row = 0; row <= ages.FloorCount; row++)
        {
            double height = row < ages.FloorCount ? ages.Floor(coefficients, row) : 0;
            if (height < 0)
            {
                isAbove = false;
                lowest = lowest < 0 || height < ages.Floor(coefficients, lowest) ? row : lowest;
            }
            else if (lowest >= 0)
            {
                floored.Add(lowest);
                lowest = -1;
            }
        }

        return isAbove;
    }

    private static void Reweigh(double[] weights, double[] errors, double worst)
    {
        // A floor under the factor keeps every age in play.
        const double FactorMin = 0.05;
        double sum = 0;
        for (int row = 0; row < weights.Length; row++)
        {
            weights[row] *= worst == 0 ? 1 : FactorMin + (errors[row] / worst);
            sum += weights[row];
        }

        for (int row = 0; row < weights.Length; row++)
        {
            weights[row] *= weights.Length / sum;
        }
    }

    private static double[] Least(CurveAges ages, double ridge, double[] weights, List<int> floored)
    {
        int columnCount = ages.HalfLifeCount;
        int rowCount = ages.FitCount + columnCount + floored.Count;
        Matrix<double> rows = Matrix<double>.Build.Dense(rowCount, columnCount);
        Vector<double> targets = Vector<double>.Build.Dense(rowCount);
        for (int row = 0; row < ages.FitCount; row++)
        {
            double root = Math.Sqrt(weights[row]);
            targets[row] = root * ages.Value(row);
            for (int m = 0; m < columnCount; m++)
            {
                rows[row, m] = root * ages.Term(row, m);
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

        return [.. rows.QR(QRMethod.Thin).Solve(targets)];
    }
}
