using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Interest.Trends;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Interest;

/// <summary>
/// What shapes the folded sums: numbered, one per deployment, a log entry (DESIGN.md §1). Everything applied at read
/// is <see cref="Ranking.ServingPolicy"/> instead.
/// </summary>
public sealed record MemorySchema
{
    public const int RecentEventCountMax = 128;

    /// <summary>"Never forgets" as a half-life.</summary>
    public static readonly TimeSpan Never = Timeout.InfiniteTimeSpan;

    /// <summary>Raised by one with every change.</summary>
    public uint Number { get; init; } = 1;

    /// <summary>
    /// Number of the vector space that sums are of, raised when the items get the vectors of another model. No
    /// caller's: the engine keeps it whatever schema it is given.
    /// </summary>
    public uint Space { get; init; } = 1;

    /// <summary>h_m, at least a millisecond each, or <see cref="Never"/>. 1 to 16 of them.</summary>
    public IReadOnlyList<TimeSpan> HalfLives { get; init; } = [TimeSpan.FromDays(30)];

    /// <summary>ρ_d, one a dimension, or empty for all ones.</summary>
    public IReadOnlyList<double> DimensionRates { get; init; } = [];

    public IReadOnlyList<EventTypeRule> EventTypes { get; init; } = DefaultEventTypes;

    /// <summary>Half-life of the per-item population counters.</summary>
    public TimeSpan PopularityHalfLife { get; init; } = TimeSpan.FromDays(7);

    /// <summary>L: events remembered per user, 1 to 128; 24 bytes each, in every record.</summary>
    public int RecentEventCount { get; init; } = 32;

    /// <summary>An event later than the clock by more than this is clamped to the clock.</summary>
    public TimeSpan FutureTolerance { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long an event waits for an item that is not known.</summary>
    public TimeSpan ParkingWindow { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Events that may wait per partition; past it the oldest is given up.</summary>
    public int ParkedCountMax { get; init; } = 4096;

    /// <summary>
    /// A user whose last event is older is taken out, with his kept lists; null: never. Demand, flows and trends keep
    /// what he added. At least a minute.
    /// </summary>
    public TimeSpan? ExpireAfter { get; init; }

    /// <summary>At most so much weight per user and scope within a window; null: no bound.</summary>
    public BurstCap? BurstCap { get; init; }

    /// <summary>
    /// Categories whose impulse is divided over the half-lives; all others give each half-life the whole. An event is
    /// of the category that its item has when it is folded.
    /// </summary>
    public IReadOnlyList<CategorySplit> CategorySplits { get; init; } = [];

    /// <summary>Transitions between categories are counted so; null: they are not.</summary>
    public FlowRule? Flows { get; init; }

    /// <summary>Demand is followed over time so; null: it is not.</summary>
    public TrendRule? Trends { get; init; }

    public static IReadOnlyList<EventTypeRule> DefaultEventTypes { get; } =
    [
        new(Engine.EventTypes.View, "view", 1f),
        new(Engine.EventTypes.Click, "click", 1f),
        new(Engine.EventTypes.Favourite, "favourite", 2f),
        new(Engine.EventTypes.Cart, "cart", 3f),
        new(Engine.EventTypes.Purchase, "purchase", 4f),
        new(Engine.EventTypes.Rate, "rate", 1f),
        new(Engine.EventTypes.Return, "return", -4f),
        new(Engine.EventTypes.Dislike, "dislike", -2f),
    ];

    /// <summary>A half-life in milliseconds, infinity for never.</summary>
    public static double HalfLifeMs(TimeSpan halfLife) =>
        halfLife == Never ? double.PositiveInfinity : halfLife.TotalMilliseconds;

    public BankShape ShapeFor(int dimension)
    {
        double[] halfLivesMs = [.. HalfLives.Select(HalfLifeMs)];
        double[] rates = [.. DimensionRates];
        return new BankShape(dimension, halfLivesMs, rates);
    }
}
