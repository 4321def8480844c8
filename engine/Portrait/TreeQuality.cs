namespace Ebb.Engine.Portrait;

/// <summary>
/// How a tree did on the later part of its log, which it never saw. BaseAccuracy is that of always saying what was more
/// frequent in training. AucError is the standard error (Hanley and McNeil 1982).
/// </summary>
public sealed record TreeQuality
{
    public int TrainCount { get; init; }

    public int TestCount { get; init; }

    /// <summary>Share of test moments that were changes.</summary>
    public double TestRate { get; init; }

    public double Auc { get; init; }

    public double AucError { get; init; }

    public double Accuracy { get; init; }

    public double BaseAccuracy { get; init; }

    /// <summary>Mean squared error of the probabilities, and of the training part's base rate.</summary>
    public double Brier { get; init; }

    public double BaseBrier { get; init; }
}
