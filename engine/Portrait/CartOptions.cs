namespace Ebb.Engine.Portrait;

/// <summary>Where a tree stops growing.</summary>
public sealed record CartOptions
{
    public const int DepthMaxMax = 8;

    /// <summary>Questions from the root to a leaf at most.</summary>
    public int DepthMax { get; init; } = 4;

    /// <summary>Moments that a leaf needs.</summary>
    public int LeafMin { get; init; } = 50;

    /// <summary>
    /// Least χ² of a question (one degree of freedom). 15 is a p of 1e-4: many thresholds are tried at each node.
    /// </summary>
    public double ChiSquareMin { get; init; } = 15;
}
