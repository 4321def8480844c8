namespace Ebb.Engine.Experiments;

/// <summary>
/// One arm: what was counted, its rate with a 95 % interval of this moment, and how it stands to the control.
/// </summary>
public sealed record ArmReport(string Policy, double Share)
{
    public ArmSums Sums { get; init; }

    /// <summary>NaN while nothing was shown.</summary>
    public double Rate { get; init; } = double.NaN;

    public RateInterval Interval { get; init; }

    /// <summary>The arm less the control, valid over all looks; null of the control itself.</summary>
    public SequentialResult? ToControl { get; init; }

    /// <summary>The least p of all looks since the engine was opened, this one included.</summary>
    public double LeastPValue { get; init; } = 1;

    /// <summary>Where the least p lies under this comparison's alpha: 1 better, -1 worse; 0 open.</summary>
    public int Verdict { get; init; }
}
