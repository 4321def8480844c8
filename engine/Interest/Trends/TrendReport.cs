namespace Ebb.Engine.Interest.Trends;

/// <summary>How demand moves, and what the next seven days will take, for inventory.</summary>
public sealed record TrendReport
{
    /// <summary>False: the memory schema counts no trends, and all else is empty.</summary>
    public required bool IsCounted { get; init; }

    public long AtMs { get; init; }

    /// <summary>In the order asked for.</summary>
    public IReadOnlyList<DemandTrend> Items { get; init; } = [];

    /// <summary>Of what the items are now.</summary>
    public IReadOnlyList<DemandTrend> Categories { get; init; } = [];
}
