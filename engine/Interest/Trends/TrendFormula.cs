namespace Ebb.Engine.Interest.Trends;

/// <summary>
/// Rates, slope and forecast of decayed sums. A sum M of half-life h over steady demand r a day holds r·h/ln 2 of it,
/// so r = M·ln 2/h, divided by 1 − 2^(−T/h) while only T has been counted; the mean age of what it holds is h/ln 2. The
/// slope is the difference of the two rates over the difference of their mean ages. The forecast mixes the rates, and
/// goes beyond the fast one by as much as the change stands out of its noise (DESIGN.md).
/// </summary>
internal sealed class TrendFormula(TrendRule rule, long firstMs, long nowMs)
{
    /// <summary>Share of the fast rate in the forecast where the change is lost in its noise.</summary>
    public const double FastShare = 0.8;

    /// <summary>What a change without noise adds to that share: from 1 on the forecast goes ahead of demand.</summary>
    public const double TrendShare = 0.4;

    private const double DayMs = 86_400_000;
    private const double DaysPerWeek = 7;
    private const double SteadyErrors = 2;

    private readonly double _fastDays = rule.Fast.TotalDays;
    private readonly double _slowDays = rule.Slow.TotalDays;

    // Under a day of demand says little of a day: it is taken for a day.
    private readonly double _countedDays = Math.Max(1, (nowMs - (double)firstMs) / DayMs);

    /// <summary>A cell's sums as of now.</summary>
    public TrendSums Faded(in TrendCell cell)
    {
        double ageDays = Math.Max(0, nowMs - cell.AsOfMs) / DayMs;
        return new TrendSums(
            cell.Fast * Math.Pow(2, -ageDays / _fastDays),
            cell.Slow * Math.Pow(2, -ageDays / _slowDays),
            cell.Squares * Math.Pow(2, -2 * ageDays / _fastDays));
    }

    public DemandTrend Of(OpaqueId name, in TrendSums sums)
    {
        double fast = sums.Fast * PerDay(_fastDays);
        double slow = sums.Slow * PerDay(_slowDays);
        double error = Math.Sqrt(sums.Squares) * PerDay(_fastDays);
        double slope = (fast - slow) / ((_slowDays - _fastDays) / Math.Log(2)) * DaysPerWeek;
        bool isSteady = Math.Abs(fast - slow) <= SteadyErrors * error;
        double share = FastShare + (TrendShare * Clarity(fast - slow, error));
        return new DemandTrend(name)
        {
            PerDay = fast,
            PerDayError = error,
            SlopePerWeek = slope,
            RelativeSlope = slow > 0 ? slope / slow : double.PositiveInfinity,
            NextWeek = DaysPerWeek * Math.Max(0, slow + (share * (fast - slow))),
            Direction = isSteady ? TrendDirection.Steady : slope > 0 ? TrendDirection.Rising : TrendDirection.Falling,
        };
    }

    /// <summary>0 for a change of no more than its noise, toward 1 for one far above it.</summary>
    private static double Clarity(double change, double error)
    {
        double noise = SteadyErrors * error;
        return Math.Abs(change) > noise ? 1 - (noise * noise / (change * change)) : 0;
    }

    private double PerDay(double halfLifeDays) =>
        Math.Log(2) / halfLifeDays / (1 - Math.Pow(2, -_countedDays / halfLifeDays));
}

/// <summary>The sums of an item or a category as of one moment.</summary>
internal readonly record struct TrendSums(double Fast, double Slow, double Squares)
{
    public TrendSums Plus(in TrendSums other) =>
        new(Fast + other.Fast, Slow + other.Slow, Squares + other.Squares);
}
