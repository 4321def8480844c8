using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>A remembered event; Weight is the effective weight that was logged.</summary>
public readonly record struct EbbPastEvent(EbbId Item, byte Type, long TimeMs, float Weight);

/// <summary>What the server holds of a user.</summary>
public sealed record ProfileResult
{
    public required bool Known { get; init; }

    /// <summary>Unit interest vector now; zeros for a stranger.</summary>
    public required IReadOnlyList<float> Direction { get; init; }

    /// <summary>Decayed event weight per half-life, as of now.</summary>
    public required IReadOnlyList<double> Masses { get; init; }

    public double Log2Scale { get; init; }

    public long LastEventMs { get; init; }

    public ulong EventCount { get; init; }

    /// <summary>NaN when no list is kept.</summary>
    public double Drift { get; init; } = double.NaN;

    /// <summary>Newest first.</summary>
    public IReadOnlyList<EbbPastEvent> RecentEvents { get; init; } = [];

    /// <summary>The phases that the user's policy tells; none where it tells none.</summary>
    public IReadOnlyList<EbbSubjectPhase> Phases { get; init; } = [];

    /// <summary>
    /// The likeliest categories of the user's next event, the likeliest first; none where the server counts no flows.
    /// </summary>
    public IReadOnlyList<EbbCategoryChance> NextCategories { get; init; } = [];

    public ulong Generation { get; init; }
}
