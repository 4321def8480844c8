using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>How demand moves, and what the next seven days will take.</summary>
public sealed record TrendsResult
{
    /// <summary>False: the server's memory schema counts no trends.</summary>
    public required bool IsCounted { get; init; }

    public long AtMs { get; init; }

    public IReadOnlyList<EbbTrend> Items { get; init; } = [];

    public IReadOnlyList<EbbTrend> Categories { get; init; } = [];
}

/// <summary>Demand in units of event weight, as the memory schema weighs events.</summary>
public readonly record struct EbbTrend(EbbId Name, EbbTrendDirection Direction)
{
    public double PerDay { get; init; }

    /// <summary>Standard error of PerDay.</summary>
    public double PerDayError { get; init; }

    /// <summary>By how much demand a day changes in a week.</summary>
    public double SlopePerWeek { get; init; }

    /// <summary>The same as a share of the demand of the slow half-life; infinity for what is new.</summary>
    public double RelativeSlope { get; init; }

    /// <summary>Demand in the next seven days.</summary>
    public double NextWeek { get; init; }
}

/// <summary>Where demand goes, by more than twice the error of the rate of now.</summary>
public enum EbbTrendDirection : byte
{
    Steady = 0,
    Rising = 1,
    Falling = 2,
}

/// <summary>Which trends come first; rising and falling leave out the others.</summary>
public enum EbbTrendOrder : byte
{
    Forecast = 0,
    Rising = 1,
    Falling = 2,
}
