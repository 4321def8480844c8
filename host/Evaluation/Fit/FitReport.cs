using Ebb.Engine.Interest.Curves;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Fit;

/// <summary>One point of the half-life sweep, the vector alone.</summary>
public sealed record SweepPoint(TimeSpan HalfLife, MetricEstimate Recall20)
{
    /// <summary>Paired difference to never forgetting; null where the sweep has no such point.</summary>
    public MetricEstimate? OverNever { get; init; }
}

/// <summary>A forgetting curve that was tried, the half-lives it takes, its paired difference to the
/// exponential.</summary>
public sealed record CurveTrial(
    string Name, ForgettingCurve Curve, IReadOnlyList<TimeSpan> HalfLives, MetricEstimate Recall20,
    MetricEstimate OverExponential);

/// <summary>One change that the search kept, and what the blend reached with it.</summary>
public sealed record FitStep(string Change, MetricEstimate Recall20);

/// <summary>What a fit found. All measures are of the validation slice.</summary>
public sealed record FitReport
{
    public required string Dataset { get; init; }

    /// <summary>Rows that the engine learned from, and questions asked.</summary>
    public required int LearningRowCount { get; init; }

    public required int QueryCount { get; init; }

    public required IReadOnlyList<SweepPoint> Sweep { get; init; }

    /// <summary>Questions of the sweep: of the validation slice, and of slices before it.</summary>
    public required int SweepQuestionCount { get; init; }

    public required IReadOnlyList<CurveTrial> Curves { get; init; }

    /// <summary>How likely a user stays with a group of items as time passes: all groups, and the largest.</summary>
    public required IReadOnlyList<IntensityFit> Intensities { get; init; }

    public required IReadOnlyList<FitStep> Steps { get; init; }

    /// <summary>Of the learning part's item vectors with the given ones: nothing is learned by dimension without.
    /// </summary>
    public required AxisAgreement Axes { get; init; }

    /// <summary>Null where nothing is forgotten, as there is no rate then, and without the given axes.</summary>
    public RateTrial? Rates { get; init; }

    /// <summary>Null where there was nothing to learn from, and without the given axes.</summary>
    public AttentionTrial? Attention { get; init; }

    /// <summary>The first without keeping.</summary>
    public required IReadOnlyList<KeepTrial> Keeps { get; init; }

    /// <summary>Null where none says more than the mean.</summary>
    public CalibrationTrial? Calibration { get; init; }

    /// <summary>What was found, with every list exact and made anew.</summary>
    public required ServedModel Model { get; init; }

    /// <summary>The same as the written policy serves it.</summary>
    public required ServedModel Served { get; init; }

    public required MetricEstimate Recall20 { get; init; }

    /// <summary>Blends measured.</summary>
    public required int MeasuredCount { get; init; }
}
