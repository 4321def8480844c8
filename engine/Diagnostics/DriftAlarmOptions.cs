namespace Ebb.Engine.Diagnostics;

/// <summary>
/// The population's drift alarm: a one-sided CUSUM over means of blocks of δ (DESIGN.md beside this). With the
/// defaults a stationary population raises about one false alarm in tens of thousands of blocks.
/// </summary>
public sealed record DriftAlarmOptions
{
    /// <summary>δ's of one partition that make a mean.</summary>
    public int BlockCount { get; init; } = 256;

    /// <summary>Means that mean and deviation of the normal level are learned from.</summary>
    public int BaselineBlockCount { get; init; } = 64;

    /// <summary>κ, in deviations: a rise below it is none.</summary>
    public double Slack { get; init; } = 0.75;

    /// <summary>h, in deviations: the sum that raises the alarm.</summary>
    public double Threshold { get; init; } = 8;

    /// <exception cref="ArgumentException">Says which value cannot be.</exception>
    internal void Check()
    {
        if (BlockCount < 1 || BaselineBlockCount < 2 || !(Slack >= 0) || !(Threshold > 0))
        {
            throw new ArgumentException(
                "a drift alarm has blocks of at least 1, a baseline of at least 2 blocks, a slack of at least 0 and a"
                + " threshold above 0");
        }
    }
}
