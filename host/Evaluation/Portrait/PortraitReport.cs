using Ebb.Engine.Portrait;

namespace Ebb.Evaluation.Portrait;

/// <summary>A trained tree, and what must be known to read it.</summary>
public sealed record PortraitReport(string Dataset, ChangeTree Tree, string Categories)
{
    public int UserCount { get; init; }

    /// <summary>Moments before it are trained on, those from it on are the test.</summary>
    public long SplitMs { get; init; }

    /// <summary>Moments whose window reaches over the split: in neither part.</summary>
    public int DroppedCount { get; init; }
}
