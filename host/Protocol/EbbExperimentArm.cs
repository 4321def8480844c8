namespace Ebb.Protocol;

/// <summary>
/// One arm of an experiment. Low and high: 95 % of this moment alone. Difference, its bounds and p: the arm less the
/// control, valid however often one looks; null of the control, and bounds while there are too few users.
/// </summary>
public sealed record EbbExperimentArm(string Policy)
{
    public double Share { get; init; }

    public long Users { get; init; }

    public long Lists { get; init; }

    public long Impressions { get; init; }

    public long Clicks { get; init; }

    public long Conversions { get; init; }

    /// <summary>Users with a conversion.</summary>
    public long Buyers { get; init; }

    /// <summary>Null while nothing was shown.</summary>
    public double? Rate { get; init; }

    public double Low { get; init; }

    public double High { get; init; }

    public double? Difference { get; init; }

    public double? DifferenceLow { get; init; }

    public double? DifferenceHigh { get; init; }

    public double? P { get; init; }

    /// <summary>The least p of all looks since the server started.</summary>
    public double? LeastP { get; init; }

    /// <summary>better, worse or open; control for the control.</summary>
    public string Verdict { get; init; } = "";
}
