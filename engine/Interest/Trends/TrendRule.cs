namespace Ebb.Engine.Interest.Trends;

/// <summary>How demand is followed over time (memory schema). Immutable.</summary>
public sealed record TrendRule
{
    /// <summary>Of the demand of now.</summary>
    public TimeSpan Fast { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Of the demand that it is compared with.</summary>
    public TimeSpan Slow { get; init; } = TimeSpan.FromDays(28);

    /// <summary>What keeps the rule from being folded by; null for nothing.</summary>
    internal string? Problem() =>
        MemorySchema.HalfLifeMs(Fast) >= 1 && Slow > Fast && double.IsFinite(MemorySchema.HalfLifeMs(Slow))
            ? null
            : "the trends' half-lives are not in order: 1 ms <= fast < slow, and slow is not never";
}
