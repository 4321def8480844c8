namespace Ebb.Engine.Experiments;

/// <summary>
/// Wilson's interval of one arm's rate at one moment (not valid over many looks), of as many independent trials as have
/// the variance that was found among users: n = p(1−p)/Var, at most the trials themselves (Wilson 1927; effective
/// sample size of Korn and Graubard 1998). Where all or none answered, users count and not their impressions.
/// </summary>
public readonly record struct RateInterval(double Low, double High)
{
    /// <summary>Standard normal quantile of 97.5 %.</summary>
    private const double Z = 1.959963984540054;

    public static RateInterval Of(in RatioEstimate estimate)
    {
        if (!double.IsFinite(estimate.Rate))
        {
            return new RateInterval(0, 1);
        }

        double p = Math.Clamp(estimate.Rate, 0, 1);
        double trials = estimate.Variance > 0
            ? Math.Min(estimate.Count, p * (1 - p) / estimate.Variance)
            : Math.Min(estimate.Count, estimate.Users);
        return Wilson(p, Math.Max(trials, 1e-9));
    }

    internal static RateInterval Wilson(double rate, double trials)
    {
        double z2 = Z * Z;
        double middle = (rate + (z2 / (2 * trials))) / (1 + (z2 / trials));
        double half = Z / (1 + (z2 / trials))
            * Math.Sqrt((rate * (1 - rate) / trials) + (z2 / (4 * trials * trials)));
        return new RateInterval(Math.Max(0, middle - half), Math.Min(1, middle + half));
    }
}
