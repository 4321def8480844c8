using Ebb.Engine.Interest;

namespace Ebb.Engine.Sources;

/// <summary>
/// The blend of a serving policy: a weight a source (of its standardised score) and how fast each forgets. The default
/// is the vector alone, and then nothing is learned, kept or blended. Immutable.
/// </summary>
public sealed record SourcePolicy
{
    /// <summary>Events back from an event that count as done together with it, at most.</summary>
    public const int NeighbourWindowMax = LearnedEvent.PreviousCountMax;

    public double Vector { get; init; } = 1;

    /// <summary>
    /// The vector's weight from ε_shift on; between ε_keep and ε_shift it goes over in a straight line of δ. Null: the
    /// same at every δ.
    /// </summary>
    public double? VectorAtShift { get; init; }

    public double Transitions { get; init; }

    public double Neighbours { get; init; }

    public double Popularity { get; init; }

    public double Repeats { get; init; }

    /// <summary>
    /// The popularity's weight for a user of whom nothing is known yet; it goes over to Popularity as the mass of the
    /// user's remembered events grows. Null: the same for all.
    /// </summary>
    public double? PopularityWhenNew { get; init; }

    /// <summary>The mass (sum of the weights of remembered events) at which half of the way is gone.</summary>
    public double NewMass { get; init; } = 5;

    /// <summary>The sequence encoder's reading of the last events; off while the engine has no model.</summary>
    public double Encoder { get; init; }

    /// <summary>Half-life of what is learned of item → next item.</summary>
    public TimeSpan TransitionHalfLife { get; init; } = MemorySchema.Never;

    /// <summary>Two events of a user further apart than this are no transition.</summary>
    public TimeSpan TransitionGapMax { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Half-life of what is learned of items done together.</summary>
    public TimeSpan NeighbourHalfLife { get; init; } = MemorySchema.Never;

    /// <summary>Events of one user this close, counted in events, are done together; 1 to 31.</summary>
    public int NeighbourWindow { get; init; } = 16;

    /// <summary>How fast the user's own recent events fade as seeds of neighbours.</summary>
    public TimeSpan SeedHalfLife { get; init; } = MemorySchema.Never;

    public TimeSpan PopularityHalfLife { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How fast the user's own recent events fade as repeats.</summary>
    public TimeSpan RepeatHalfLife { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Learn every source, those of weight 0 too, so that a later policy finds them ready.</summary>
    public bool LearnAll { get; init; }

    public static SourcePolicy VectorAlone { get; } = new();

    /// <summary>Scores are dot products as they are: nothing is standardised.</summary>
    public bool IsVectorAlone =>
        Transitions == 0 && Neighbours == 0 && Repeats == 0 && !ReadsPopularity && Encoder == 0;

    /// <summary>For some user or all.</summary>
    public bool ReadsPopularity => Popularity > 0 || PopularityWhenNew > 0;

    /// <param name="shift">0 at ε_keep, 1 at ε_shift.</param>
    public double VectorAt(double shift) => Vector + (shift * ((VectorAtShift ?? Vector) - Vector));

    /// <param name="mass">Of the user's remembered events, 0 or more.</param>
    public double PopularityAt(double mass) =>
        Popularity + (((PopularityWhenNew ?? Popularity) - Popularity) * NewMass / (NewMass + mass));

    public double Weight(SourceKind kind) => kind switch
    {
        SourceKind.Vector => Vector,
        SourceKind.Transitions => Transitions,
        SourceKind.Neighbours => Neighbours,
        SourceKind.Popularity => Popularity,
        SourceKind.Repeats => Repeats,
        SourceKind.Encoder => Encoder,
        _ => 0,
    };

    /// <summary>What keeps the policy from being served; null for nothing.</summary>
    internal string? Problem()
    {
        foreach (SourceKind kind in Enum.GetValues<SourceKind>())
        {
            if (Weight(kind) is not (>= 0 and <= 1e6))
            {
                return $"the weight {Weight(kind)} of {kind} is not between 0 and 1000000";
            }
        }

        if (VectorAtShift is not (null or (>= 0 and <= 1e6)))
        {
            return $"the weight {VectorAtShift} of the vector at a shift is not between 0 and 1000000";
        }

        if (PopularityWhenNew is not (null or (>= 0 and <= 1e6)) || NewMass is not (> 0 and <= 1e9))
        {
            return $"the weight {PopularityWhenNew} of the popularity for new users is not between 0 and 1000000, or"
                + $" the mass {NewMass} at which half of it is left not above 0";
        }

        if (IsVectorAlone && Vector == 0)
        {
            return "the weights of all sources are 0: give one of them a weight";
        }

        if (NeighbourWindow is < 1 or > NeighbourWindowMax)
        {
            return $"the neighbour window {NeighbourWindow} is not between 1 and {NeighbourWindowMax}";
        }

        TimeSpan[] halfLives =
            [TransitionHalfLife, NeighbourHalfLife, SeedHalfLife, PopularityHalfLife, RepeatHalfLife];
        return halfLives.All(halfLife => MemorySchema.HalfLifeMs(halfLife) >= 1) && TransitionGapMax >= TimeSpan.Zero
            ? null
            : "a source's half-life is under a millisecond, or the transition gap under zero";
    }
}
