using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Interest.Lifecycle;

namespace Ebb.Engine.Portrait;

/// <summary>
/// What is held of a user, said in few figures: categories with phase and mass, what rose and fell since an earlier
/// moment, the likely next category, the events that matter most, and what foretells a change. A mass is
/// Σ w_e·f(t − t_e) with the forgetting curve f of the user's policy.
/// </summary>
public sealed record UserPortrait
{
    public required bool Known { get; init; }

    public long AtMs { get; init; }

    /// <summary>The earlier moment that masses are compared with.</summary>
    public long SinceMs { get; init; }

    public long LastEventMs { get; init; }

    public ulong EventCount { get; init; }

    /// <summary>Every event is among the remembered ones: masses of categories leave nothing out.</summary>
    public bool IsComplete { get; init; }

    /// <summary>Of all events, remembered or not.</summary>
    public double Mass { get; init; }

    /// <summary>The same at SinceMs; NaN when events after it are no longer remembered one by one.</summary>
    public double MassThen { get; init; }

    /// <summary>The heaviest first, then those that only weighed something then.</summary>
    public IReadOnlyList<PortraitCategory> Categories { get; init; } = [];

    /// <summary>The remembered events that the interest is made of, the largest first.</summary>
    public IReadOnlyList<PortraitEvent> Events { get; init; } = [];

    /// <summary>Share of the interest that comes from older events, or from items with another vector by now.</summary>
    public double OlderShare { get; init; }

    /// <summary>The likeliest first; none where the memory schema counts no flows.</summary>
    public IReadOnlyList<CategoryChance> NextCategories { get; init; } = [];

    /// <summary>Null where no change tree is served.</summary>
    public ChangeForecast? Forecast { get; init; }

    public ulong Generation { get; init; }
}

/// <summary>One category of a user: its mass now and then, from the remembered events.</summary>
public readonly record struct PortraitCategory(string Name, double Mass, double MassThen)
{
    public InterestPhase Phase { get; init; }

    /// <summary>When the phase changes if no event comes; null for never.</summary>
    public long? NextChangeMs { get; init; }

    /// <summary>What rose (above 0) or fell since then.</summary>
    public double Change => Mass - MassThen;
}

/// <summary>
/// One remembered event. Share of the interest's own direction: w_e·f(age)·(p_e·v)/(v·v); all shares and
/// OlderShare sum to 1.
/// </summary>
public readonly record struct PortraitEvent(OpaqueId Item, byte Type, long TimeMs, float Weight, double Share);
