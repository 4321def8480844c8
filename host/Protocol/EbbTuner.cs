namespace Ebb.Protocol;

/// <summary>Where a tuner stands.</summary>
public sealed record EbbTuner(string Policy)
{
    /// <summary>resting, trying or watching.</summary>
    public string Phase { get; init; } = "";

    /// <summary>In force, by name; half-lives in milliseconds.</summary>
    public IReadOnlyDictionary<string, double> Values { get; init; } = new Dictionary<string, double>();

    /// <summary>What is tried or watched; null while resting.</summary>
    public EbbTuneChange? Current { get; init; }
}
