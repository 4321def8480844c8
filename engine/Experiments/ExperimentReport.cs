namespace Ebb.Engine.Experiments;

/// <summary>Where an experiment stands. The first arm is the control.</summary>
public sealed record ExperimentReport(string Name)
{
    public ExperimentMetric Metric { get; init; }

    public ExperimentState State { get; init; }

    public DateTimeOffset Start { get; init; }

    public DateTimeOffset? End { get; init; }

    public double MinimumEffect { get; init; }

    /// <summary>Over all looks and all arms together.</summary>
    public double Alpha { get; init; }

    public IReadOnlyList<ArmReport> Arms { get; init; } = [];
}
