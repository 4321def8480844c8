using Ebb.Evaluation.Replay;
using Ebb.Evaluation.Studies;

namespace Ebb.Evaluation.Fit;

/// <summary>Rates per dimension that were found, and what they gain where they were not chosen.</summary>
public sealed record RateTrial(IReadOnlyList<double> Rates, MetricEstimate Gain)
{
    /// <summary>One rate a block of dimensions, for people.</summary>
    public required string Blocks { get; init; }

    /// <summary>Above even rates by two standard errors, on users whom they were not chosen on.</summary>
    public bool Helps => UserHalves.Helps(Gain);

    internal double[] Plain { get; init; } = [];

    internal double[] Learned { get; init; } = [];

    internal bool[] ChosenOn { get; init; } = [];
}
