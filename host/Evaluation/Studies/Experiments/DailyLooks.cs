using Ebb.Engine.Experiments;

namespace Ebb.Evaluation.Studies.Experiments;

/// <summary>What a year of looking every day would have called of one experiment, by three tests.</summary>
internal sealed class DailyLooks(double effect)
{
    private const double Alpha = 0.05;
    private const double Z = 1.959963984540054;

    private int _days;

    /// <summary>The day of the first look that called a difference; 0: none did.</summary>
    public int Sequential { get; private set; }

    /// <summary>|z| of today alone, looked at every day, as is done.</summary>
    public int Repeated { get; private set; }

    /// <summary>The sequential test, with every impression taken for independent.</summary>
    public int Naive { get; private set; }

    /// <summary>|z| of the last look.</summary>
    public bool LastLook { get; private set; }

    /// <summary>One more day: the sums of both arms up to its end.</summary>
    public void Look(in ArmSums control, in ArmSums arm)
    {
        _days++;
        RatioEstimate left = RatioEstimate.Of(control, ExperimentMetric.ClickRate);
        RatioEstimate right = RatioEstimate.Of(arm, ExperimentMetric.ClickRate);
        SequentialResult look = SequentialTest.Compare(left, right, effect, Alpha);
        Sequential = Sequential == 0 && look.PValue <= Alpha ? _days : Sequential;
        SequentialResult naive = SequentialTest.Compare(Independent(left), Independent(right), effect, Alpha);
        Naive = Naive == 0 && naive.PValue <= Alpha ? _days : Naive;
        LastLook = look.IsReady
            && Math.Abs(look.Difference) >= Z * Math.Sqrt(left.Variance + right.Variance);
        Repeated = Repeated == 0 && LastLook ? _days : Repeated;
    }

    private static RatioEstimate Independent(in RatioEstimate estimate) =>
        estimate with { Variance = estimate.Rate * (1 - estimate.Rate) / estimate.Count };
}
