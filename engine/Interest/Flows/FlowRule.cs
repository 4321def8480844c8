namespace Ebb.Engine.Interest.Flows;

/// <summary>
/// How the population's transitions from category to category are counted (memory schema). Immutable. An event with a
/// positive weight moves its user from the category of the positive event before it, in log order, to its own.
/// </summary>
public sealed record FlowRule
{
    /// <summary>Of the counts behind the likely next category; those of the report have windows of their own.</summary>
    public TimeSpan HalfLife { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Two events of a user further apart are none; <see cref="MemorySchema.Never"/>: no bound.</summary>
    public TimeSpan GapMax { get; init; } = MemorySchema.Never;

    /// <summary>What keeps the rule from being folded by; null for nothing.</summary>
    internal string? Problem() => MemorySchema.HalfLifeMs(HalfLife) >= 1 && MemorySchema.HalfLifeMs(GapMax) >= 0
        ? null
        : "the half-life of flows is under a millisecond, or their gap under zero";
}
