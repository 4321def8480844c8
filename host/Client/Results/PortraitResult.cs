using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>
/// A user in few figures; <see cref="EbbPortraits"/> says them in sentences. A mass is the sum of the user's
/// event weights, faded by the forgetting curve of their policy.
/// </summary>
public sealed record PortraitResult
{
    public required bool Known { get; init; }

    public long AtMs { get; init; }

    /// <summary>The earlier moment that masses are compared with.</summary>
    public long SinceMs { get; init; }

    public long LastEventMs { get; init; }

    public ulong EventCount { get; init; }

    /// <summary>Every event is remembered one by one: the masses of categories leave nothing out.</summary>
    public bool IsComplete { get; init; }

    public double Mass { get; init; }

    /// <summary>NaN when events after that moment are no longer remembered one by one.</summary>
    public double MassThen { get; init; }

    /// <summary>The heaviest first.</summary>
    public IReadOnlyList<EbbPortraitCategory> Categories { get; init; } = [];

    /// <summary>The remembered events that the interest is made of, the largest first.</summary>
    public IReadOnlyList<EbbPortraitEvent> Events { get; init; } = [];

    /// <summary>Share of the interest from events that are not among the remembered ones.</summary>
    public double OlderShare { get; init; }

    /// <summary>The likeliest first; none where the server counts no flows.</summary>
    public IReadOnlyList<EbbCategoryChance> NextCategories { get; init; } = [];

    /// <summary>Null where the server has no change tree (<c>ebb serve --portrait</c>).</summary>
    public EbbChangeForecast? Forecast { get; init; }

    public ulong Generation { get; init; }
}

/// <summary>One category: mass now and then, phase and when that changes if no event comes (null: never).</summary>
public readonly record struct EbbPortraitCategory(
    string Name, double Mass, double MassThen, EbbPhase Phase, long? NextChangeMs)
{
    public double Change => Mass - MassThen;
}

/// <summary>One remembered event and its share of the interest.</summary>
public readonly record struct EbbPortraitEvent(EbbId Item, byte Type, long TimeMs, float Weight, double Share);

/// <summary>How likely the user's interest changes within the window, if they come back; and by which rule.</summary>
public sealed record EbbChangeForecast(double Probability, double BaseRate, TimeSpan Window, uint TrainedCount)
{
    public IReadOnlyList<EbbRuleCondition> Conditions { get; init; } = [];
}

/// <summary>Low &lt; feature ≤ High, infinite where open; Value is the user's.</summary>
public readonly record struct EbbRuleCondition(string Feature, double Low, double High, double Value);
