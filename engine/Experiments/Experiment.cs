namespace Ebb.Engine.Experiments;

/// <summary>
/// What is compared, on whom, by what and since when. Its users are drawn by a hash of their own, so that who is in an
/// experiment says nothing of the ordinary split. Immutable while it runs: <see cref="ExperimentRules"/>.
/// </summary>
public sealed record Experiment(string Name, IReadOnlyList<ExperimentArm> Arms)
{
    public const int NameCharsMax = 64;
    public const int ArmCountMax = 8;

    public ExperimentMetric Metric { get; init; }

    /// <summary>
    /// The least absolute difference of the metric that matters: the scale τ that the sequential test is tuned to.
    /// </summary>
    public double MinimumEffect { get; init; } = 0.01;

    /// <summary>Chance of calling a difference where there is none, over all looks and all arms together.</summary>
    public double Alpha { get; init; } = 0.05;

    /// <summary>Impressions count, and arms serve, from this moment on.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>Until this moment; null: until one is written.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>A tuner's own, which comes and goes as the tuner decides.</summary>
    public bool IsTrial { get; init; }

    public bool IsRunningAt(long timeMs) =>
        Start.ToUnixTimeMilliseconds() <= timeMs && (End is not { } end || timeMs < end.ToUnixTimeMilliseconds());
}
