using Ebb.Engine.Ranking;

namespace Ebb.Engine.Experiments.Shadows;

/// <summary>What a shadow would have done, since it was put in force.</summary>
public sealed record ShadowReport(string Policy, double Sample)
{
    /// <summary>Lists that were made and compared.</summary>
    public long Compared { get; init; }

    /// <summary>Lists that were not: the queue was full, the engine was busy, or it failed.</summary>
    public long Dropped { get; init; }

    /// <summary>Lists that were not, because the user had gone on meanwhile.</summary>
    public long Stale { get; init; }

    /// <summary>Mean share of items that both lists have.</summary>
    public double Overlap { get; init; } = double.NaN;

    /// <summary>Its standard error, lists taken for independent.</summary>
    public double OverlapError { get; init; } = double.NaN;

    /// <summary>Mean rank-biased overlap, p = 0.9.</summary>
    public double RankBiased { get; init; } = double.NaN;

    /// <summary>Lists that were the same item for item.</summary>
    public long Same { get; init; }

    /// <summary>Decisions of what was served, and of the shadow, by <see cref="ListDecision"/>.</summary>
    public IReadOnlyList<long> ServedDecisions { get; init; } = [];

    public IReadOnlyList<long> ShadowDecisions { get; init; } = [];

    /// <summary>
    /// Its policy weighs the sequence encoder, which is not run for shadows: its lists are those of the other sources.
    /// </summary>
    public bool LacksEncoder { get; init; }
}
