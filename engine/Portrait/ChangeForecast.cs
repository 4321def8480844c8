namespace Ebb.Engine.Portrait;

/// <summary>
/// What a change tree says of a user: how likely their interest changes within the window after now, given that they
/// come back, and by which rule.
/// </summary>
public sealed record ChangeForecast(double Probability, double BaseRate, TimeSpan Window)
{
    /// <summary>Moments of the training part that fell under the same rule.</summary>
    public int TrainedCount { get; init; }

    /// <summary>In the order in which the tree asks; one a feature.</summary>
    public IReadOnlyList<RuleCondition> Conditions { get; init; } = [];
}

/// <summary>Low &lt; feature ≤ High, infinite where a side is open; Value is the user's.</summary>
public readonly record struct RuleCondition(string Feature, double Low, double High, double Value);
