namespace Ebb.Client;

/// <summary>Which categories gained from which, over the last hour, day and week.</summary>
public sealed record FlowsResult
{
    /// <summary>False: the server's memory schema counts no flows.</summary>
    public required bool IsCounted { get; init; }

    public long AtMs { get; init; }

    /// <summary>Hour, day, week.</summary>
    public IReadOnlyList<EbbFlowWindow> Windows { get; init; } = [];

    /// <summary>Transitions between pairs of categories beyond those that the server holds.</summary>
    public ulong DroppedCount { get; init; }
}

/// <summary>A fading window W: an event of age a counts e^(−a/W).</summary>
public sealed record EbbFlowWindow(TimeSpan Length)
{
    /// <summary>The largest net gain first.</summary>
    public IReadOnlyList<EbbCategoryFlow> Flows { get; init; } = [];

    /// <summary>The largest gain first.</summary>
    public IReadOnlyList<EbbCategoryBalance> Balances { get; init; } = [];
}

/// <summary>Users who went from a category to another, and those who went the other way.</summary>
public readonly record struct EbbCategoryFlow(string From, string To, double Count, double Back)
{
    public double Net => Count - Back;
}

/// <summary>Of one category: came from others, went to others, stayed, and began there.</summary>
public readonly record struct EbbCategoryBalance(string Category, double In, double Out, double Stayed, double Began)
{
    public double Gain => In - Out;
}

/// <summary>How likely a user's next event is of a category.</summary>
public readonly record struct EbbCategoryChance(string Category, double Probability);
