namespace Ebb.Engine.Experiments.Tuning;

/// <summary>Where a tuner stands.</summary>
public sealed record TunerReport(Tuner Tuner, TunePhase Phase)
{
    /// <summary>In force, by name; half-lives in milliseconds.</summary>
    public IReadOnlyDictionary<string, double> Values { get; init; } = new Dictionary<string, double>();

    /// <summary>What is tried or watched; null while resting.</summary>
    public TuneChange? Current { get; init; }
}
