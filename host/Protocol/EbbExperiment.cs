namespace Ebb.Protocol;

/// <summary>Where an experiment stands, as EXPERIMENTS tells it. The first arm is the control.</summary>
public sealed record EbbExperiment(string Name)
{
    /// <summary>clicks, conversions or buyers.</summary>
    public string Metric { get; init; } = "";

    /// <summary>waiting, running or ended.</summary>
    public string State { get; init; } = "";

    public DateTimeOffset Start { get; init; }

    public DateTimeOffset? End { get; init; }

    /// <summary>The least difference of the metric that matters.</summary>
    public double MinimumEffect { get; init; }

    /// <summary>Chance of a false alarm, over all looks and all arms together.</summary>
    public double Alpha { get; init; }

    public IReadOnlyList<EbbExperimentArm> Arms { get; init; } = [];
}
