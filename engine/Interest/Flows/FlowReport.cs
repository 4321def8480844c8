namespace Ebb.Engine.Interest.Flows;

/// <summary>
/// Which categories gained from which, over the last hour, day and week. Counts are of fading windows
/// (<see cref="FlowWindow"/>).
/// </summary>
public sealed record FlowReport
{
    /// <summary>False: the memory schema counts no flows, and all else is empty.</summary>
    public required bool IsCounted { get; init; }

    public long AtMs { get; init; }

    /// <summary>Hour, day, week.</summary>
    public IReadOnlyList<FlowWindow> Windows { get; init; } = [];

    /// <summary>Transitions between pairs of categories beyond those that are held.</summary>
    public ulong DroppedCount { get; init; }
}

/// <summary>
/// One window W: an event of age a counts e^(−a/W), so that steady traffic sums to what a window of length W would.
/// </summary>
public sealed record FlowWindow(string Name, TimeSpan Length)
{
    /// <summary>The largest net gains first: from one category, to another, more than came back.</summary>
    public IReadOnlyList<CategoryFlow> Flows { get; init; } = [];

    /// <summary>The largest gain first.</summary>
    public IReadOnlyList<CategoryBalance> Balances { get; init; } = [];
}

/// <summary>Users who went from a category to another, and those who went the other way.</summary>
public readonly record struct CategoryFlow(string From, string To, double Count, double Back)
{
    public double Net => Count - Back;
}

/// <summary>Of one category: came from others, went to others, stayed, and began there.</summary>
public readonly record struct CategoryBalance(string Category, double In, double Out, double Stayed, double Began)
{
    public double Gain => In - Out;
}
