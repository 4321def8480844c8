namespace Ebb.Protocol;

/// <summary>What a policy that answers nobody would have done, since it was put in force.</summary>
public sealed record EbbShadow(string Policy)
{
    /// <summary>Part of the users whose lists it makes too.</summary>
    public double Sample { get; init; }

    public long Compared { get; init; }

    /// <summary>Left out: the queue was full, the server was busy, or a list failed.</summary>
    public long Dropped { get; init; }

    /// <summary>Left out: the user had gone on meanwhile.</summary>
    public long Stale { get; init; }

    /// <summary>Item for item the same list.</summary>
    public long Same { get; init; }

    /// <summary>Mean share of items in both lists, and its standard error; null before the first and second.</summary>
    public double? Overlap { get; init; }

    public double? OverlapError { get; init; }

    /// <summary>Mean rank-biased overlap, p = 0.9.</summary>
    public double? RankBiased { get; init; }

    /// <summary>Lists by decision: new, keep, refresh, diversify, popular.</summary>
    public IReadOnlyList<long> ServedDecisions { get; init; } = [];

    public IReadOnlyList<long> ShadowDecisions { get; init; } = [];

    /// <summary>Its policy weighs the sequence encoder, which is not run for shadows.</summary>
    public bool LacksEncoder { get; init; }
}
