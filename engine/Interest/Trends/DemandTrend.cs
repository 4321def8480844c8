namespace Ebb.Engine.Interest.Trends;

/// <summary>
/// Demand for an item or a category; Name is the item's id or the category's text. In units of event weight, as the
/// memory schema weighs events.
/// </summary>
public readonly record struct DemandTrend(OpaqueId Name)
{
    /// <summary>Demand a day now, by the fast half-life.</summary>
    public double PerDay { get; init; }

    /// <summary>Standard error of <see cref="PerDay"/>, if events are independent.</summary>
    public double PerDayError { get; init; }

    /// <summary>By how much demand a day changes in a week, negative where it falls.</summary>
    public double SlopePerWeek { get; init; }

    /// <summary>The same as a share of the demand of the slow half-life; infinity for what is new.</summary>
    public double RelativeSlope { get; init; }

    /// <summary>Demand in the next seven days.</summary>
    public double NextWeek { get; init; }

    public TrendDirection Direction { get; init; }
}
