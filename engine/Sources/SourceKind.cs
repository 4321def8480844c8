namespace Ebb.Engine.Sources;

/// <summary>Where a served score comes from (DESIGN.md §2, "Blend").</summary>
public enum SourceKind : byte
{
    /// <summary>The user's own interest vector: dense, it has a value for every item.</summary>
    Vector = 0,

    /// <summary>What users did next after the user's last item.</summary>
    Transitions = 1,

    /// <summary>What users did together with the user's recent items: item-KNN.</summary>
    Neighbours = 2,

    /// <summary>What everybody wants now.</summary>
    Popularity = 3,

    /// <summary>The user's own recent items: what one buys again.</summary>
    Repeats = 4,

    /// <summary>Phase of the user's interest in the item's category and in the item; no weight of its own.</summary>
    Phase = 5,

    /// <summary>The user's likely next category; no weight of its own.</summary>
    Migration = 6,

    /// <summary>What somebody's rules add; no weight of its own.</summary>
    Rule = 7,

    /// <summary>What the sequence encoder reads in the user's last events: dense.</summary>
    Encoder = 8,
}
