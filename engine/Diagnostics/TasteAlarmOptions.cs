namespace Ebb.Engine.Diagnostics;

/// <summary>
/// When another taste of a user, and when more such users than usual, is an alarm (DESIGN.md beside this). Lists are
/// those of users who have done something since their last one, and of whom enough is known.
/// </summary>
public sealed record TasteAlarmOptions
{
    /// <summary>Share of lists that a user's alarm flags where nothing happens: sets its threshold.</summary>
    public double FalseShare { get; init; } = 0.01;

    /// <summary>Lists that the first threshold is learned from.</summary>
    public int LearnCount { get; init; } = 1000;

    /// <summary>Lists after which the threshold is learned anew, from those.</summary>
    public int RelearnCount { get; init; } = 10_000;

    /// <summary>The rise of the share of flagged lists that the population's CUSUM is best at finding.</summary>
    public double Ratio { get; init; } = 3;

    /// <summary>h of that CUSUM, in nats: e^h lists between two false alarms where users act independently.</summary>
    public double Threshold { get; init; } = 14;

    /// <summary>Lists after an alarm that the new share is learned from, in which there is no other alarm.</summary>
    public int HoldCount { get; init; } = 500;

    /// <exception cref="ArgumentException">Says which value cannot be.</exception>
    internal void Check()
    {
        bool isShare = FalseShare is > 0 and < 0.5;
        if (!isShare || LearnCount < 1 || RelearnCount < 1 || !(Ratio > 1) || !(Threshold > 0) || HoldCount < 0)
        {
            throw new ArgumentException(
                "a taste alarm has a false share above 0 and below .5, learns from at least 1 list, has a ratio above"
                + " 1, a threshold above 0 and holds for 0 lists or more");
        }
    }
}
