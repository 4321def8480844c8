namespace Ebb.Engine.Interest.Flows;

/// <summary>
/// How P(next category) is read from what population and user did, and what it does to a list. Immutable. Each of the
/// three counts says how many events a user's, or a category's, own past must have to weigh as much as what stands
/// behind it: Dirichlet smoothing, level by level.
/// </summary>
public sealed record MigrationPolicy
{
    /// <summary>Largest boost, in standard deviations of a score.</summary>
    public const double BoostMax = 100;

    public static MigrationPolicy Off { get; } = new();

    /// <summary>
    /// Added to the score of the likeliest category's items, in standard deviations; the others get it by the ratio of
    /// their probability to the highest. 0: lists do not depend on it.
    /// </summary>
    public double Boost { get; init; }

    /// <summary>κ: what followed the category, against what is done at all.</summary>
    public double PriorEvents { get; init; } = 10;

    /// <summary>γ: the categories of the user's last events, against what followed the category.</summary>
    public double PopulationEvents { get; init; } = 100;

    /// <summary>β: what the user did after this category before, against all that.</summary>
    public double HabitEvents { get; init; } = 100;

    /// <summary>The user's own events fade by half in so many events.</summary>
    public double OwnHalfLifeEvents { get; init; } = 32;

    /// <summary>
    /// The model's category head, where there is one: P = (1 − head)·counts + head·head's. 0: counts alone.
    /// </summary>
    public double Head { get; init; }

    public bool HasEffect => Boost != 0;

    internal string? Problem() =>
        Boost is >= 0 and <= BoostMax
        && PriorEvents is > 0 and <= 1e9 && PopulationEvents is > 0 and <= 1e9 && HabitEvents is > 0 and <= 1e9
        && OwnHalfLifeEvents is >= 0.1 and <= 1e9 && Head is >= 0 and <= 1
            ? null
            : $"migration: boost is 0 to {BoostMax}, head 0 to 1, its counts are above 0, own_half_life_events"
                + " from 0.1";
}
