namespace Ebb.Engine.Portrait;

/// <summary>How features are measured; stands in the tree's file, so that serving measures as training did.</summary>
public sealed record FeatureRule
{
    /// <summary>h of every decayed sum.</summary>
    public TimeSpan HalfLife { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The last events of a user that are looked at; a record holds no fewer.</summary>
    public int RememberedEvents { get; init; } = 32;

    /// <summary>Events no older are counted by events_in_window; also the window that the label looks into.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromDays(30);
}
