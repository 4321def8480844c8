namespace Ebb.Engine.Experiments;

/// <summary>
/// What one look says: the difference, and a p value and bounds that hold over all looks together. Not ready: too few
/// users for the normal approximation, and the bounds say nothing.
/// </summary>
public readonly record struct SequentialResult(double Difference, double PValue)
{
    public bool IsReady { get; init; }

    public double Low { get; init; }

    public double High { get; init; }
}
