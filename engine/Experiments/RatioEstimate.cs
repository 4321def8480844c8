namespace Ebb.Engine.Experiments;

/// <summary>
/// A ratio of two sums over users, Σx/Σy, and the variance of that estimate. Users are independent, a user's
/// impressions are not: the variance is the delta method's over users (Deng, Knoblich, Lu: Applying the Delta Method in
/// Metric Analytics, KDD 2018), Var = n/(n−1)·Σ(x − R·y)² / (Σy)².
/// </summary>
public readonly record struct RatioEstimate(double Rate, double Variance)
{
    /// <summary>Users in it.</summary>
    public long Users { get; init; }

    /// <summary>Users with anything in the numerator.</summary>
    public long ActiveUsers { get; init; }

    /// <summary>Σy: impressions, or users.</summary>
    public long Count { get; init; }

    public static RatioEstimate Of(in ArmSums sums, ExperimentMetric metric) => metric switch
    {
        ExperimentMetric.ClickRate => Of(
            sums.Users, sums.Clickers, (sums.Clicked, sums.ClickedSquares),
            (sums.Shown, sums.ShownSquares, sums.ShownClicked)),
        ExperimentMetric.ConversionRate => Of(
            sums.Users, sums.Buyers, (sums.Converted, sums.ConvertedSquares),
            (sums.Shown, sums.ShownSquares, sums.ShownConverted)),
        _ => Of(sums.Users, sums.Buyers, (sums.Buyers, sums.Buyers), (sums.Users, sums.Users, sums.Buyers)),
    };

    private static RatioEstimate Of(
        long users, long active, (long Sum, long Squares) x, (long Sum, long Squares, long Cross) y)
    {
        if (users == 0 || y.Sum == 0)
        {
            return new RatioEstimate(double.NaN, double.NaN);
        }

        double rate = (double)x.Sum / y.Sum;
        double residuals = Math.Max(0, x.Squares - (2 * rate * y.Cross) + (rate * rate * y.Squares));
        double variance = users < 2
            ? double.NaN
            : users / (users - 1.0) * residuals / ((double)y.Sum * y.Sum);
        return new RatioEstimate(rate, variance) { Users = users, ActiveUsers = active, Count = y.Sum };
    }
}
