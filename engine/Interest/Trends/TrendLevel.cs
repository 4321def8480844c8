namespace Ebb.Engine.Interest.Trends;

/// <summary>
/// The forecast of a category: what all items took in the last seven days, by the category's share of the fast sums.
/// Many events make its level of last week a good one, and its share moves slower than the level of all does.
/// </summary>
internal readonly record struct TrendLevel
{
    private const long WeekMs = 7L * 86_400_000;

    private readonly double _perFast;

    private TrendLevel(double perFast)
    {
        _perFast = perFast;
    }

    /// <summary>Null while less than seven days were counted whole, or nothing is left of them.</summary>
    public static TrendLevel? Of((double LastWeek, TrendSums All) demand, (long FromMs, long NowMs) counted) =>
        counted.NowMs - counted.FromMs >= WeekMs && demand.All.Fast > 0
            ? new TrendLevel(demand.LastWeek / demand.All.Fast)
            : null;

    public double Of(in TrendSums sums) => sums.Fast * _perFast;
}
