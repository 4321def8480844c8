using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Interest.Lifecycle;

namespace Ebb.Engine.Interest;

/// <summary>
/// What Ebb holds of a user. Direction is the unit interest vector now (zeros for a stranger), Masses the decayed event
/// weight per half-life as of now.
/// </summary>
public sealed record InterestProfile
{
    public required bool Known { get; init; }

    public required float[] Direction { get; init; }

    public required double[] Masses { get; init; }

    /// <summary>log2 of the factor between the vector as of the last event and now.</summary>
    public double Log2Scale { get; init; }

    public long LastEventMs { get; init; }

    public ulong EventCount { get; init; }

    /// <summary>Against the interest that the last served list was made from; NaN when none is kept.</summary>
    public double Drift { get; init; } = double.NaN;

    /// <summary>The last events folded, newest first.</summary>
    public IReadOnlyList<PastEvent> RecentEvents { get; init; } = [];

    /// <summary>The phases that the user's policy tells; none where it tells none.</summary>
    public IReadOnlyList<SubjectPhase> Phases { get; init; } = [];

    /// <summary>
    /// The likeliest categories of the user's next event, the likeliest first; none where the memory schema counts no
    /// flows.
    /// </summary>
    public IReadOnlyList<CategoryChance> NextCategories { get; init; } = [];

    public ulong Generation { get; init; }
}

/// <summary>One remembered event; Weight is the effective weight that was logged.</summary>
public readonly record struct PastEvent(OpaqueId Item, byte Type, long TimeMs, float Weight);
