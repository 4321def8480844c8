namespace Ebb.Engine.Interest.Curves;

/// <summary>Puts a curve in force against the half-lives of a memory schema, or says why it cannot be.</summary>
internal static class CurveInForce
{
    /// <exception cref="ArgumentException">
    /// The fit is worse than the tolerance; the message has its error and half-lives that would do.
    /// </exception>
    public static CurveFit Resolve(ForgettingCurve curve, ReadOnlySpan<double> halfLivesMs, double tolerance)
    {
        CurveFit fit = CurveFitter.Fit(curve, halfLivesMs);
        if (fit.WorstError <= tolerance)
        {
            return fit;
        }

        double[] halfLives = halfLivesMs.ToArray();
        string held = string.Join(", ", halfLives.Select(Text));
        string remedy = HalfLifeAdvisor.Find(curve, tolerance) is { } advice
            ? "these half-lives would do: " + string.Join(", ", advice.Select(DurationText.Format))
            : "no ladder of up to 10 half-lives comes closer: raise the tolerance or choose another curve";
        throw new ArgumentException(
            $"the forgetting curve does not fit the half-lives {held}: its worst error is"
            + FormattableString.Invariant($" {fit.WorstError:G3} at age {Text(fit.WorstAgeMs)},")
            + FormattableString.Invariant($" the tolerance {tolerance:G3}; ")
            + remedy);
    }

    private static string Text(double timeMs) => double.IsInfinity(timeMs)
        ? "never"
        : timeMs < 1 ? "0" : DurationText.Format(DurationText.Round(TimeSpan.FromMilliseconds(timeMs)));
}
