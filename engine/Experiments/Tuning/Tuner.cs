namespace Ebb.Engine.Experiments.Tuning;

/// <summary>
/// Moves numbers of one policy within guard rails, a step at a time, each tried on users of its own against what is in
/// force, and taken back when the guard metric falls.
/// </summary>
public sealed record Tuner(string Policy, IReadOnlyList<TunedParameter> Parameters)
{
    public const int CountMax = 4;
    public const int ParameterCountMax = 8;

    public ExperimentMetric Metric { get; init; }

    /// <summary>What must not fall, whatever the metric says.</summary>
    public ExperimentMetric Guard { get; init; } = ExperimentMetric.ConversionRate;

    /// <summary>Of all users, each of the two arms of a trial.</summary>
    public double Share { get; init; } = 0.1;

    /// <summary>Where the arms begin on the line of the experiments' users.</summary>
    public double From { get; init; }

    /// <summary>τ of the trials: the least absolute difference that matters.</summary>
    public double MinimumEffect { get; init; } = 0.01;

    /// <summary>Of one trial, over all its looks.</summary>
    public double Alpha { get; init; } = 0.05;

    /// <summary>No trial is decided on fewer users in each arm.</summary>
    public int UsersMin { get; init; } = 500;

    /// <summary>A trial that has said nothing after so many users in both arms is given up.</summary>
    public int UsersMax { get; init; } = 20_000;

    /// <summary>How long a step that was taken is watched against the value before it.</summary>
    public TimeSpan Probation { get; init; } = TimeSpan.FromDays(2);
}
