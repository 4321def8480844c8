using Ebb.Engine.Encoders;
using Ebb.Engine.Sources;

namespace Ebb.Engine.Ranking;

/// <summary>What was done with the user's list.</summary>
public enum ListDecision : byte
{
    /// <summary>No list was kept for this key: ranked afresh.</summary>
    New = 0,

    /// <summary>Drift below ε_keep: the kept list, or the kept candidates scored again.</summary>
    Keep = 1,

    /// <summary>Drift between: scanned; items that still earn their place stay.</summary>
    Refresh = 2,

    /// <summary>Drift at or above ε_shift: ranked afresh and diversified.</summary>
    Diversify = 3,

    /// <summary>The user has no direction yet: the population's decayed favourites.</summary>
    Popular = 4,
}

/// <summary>
/// What one past event adds to the vector source of an item's score. The terms and the remainder sum to that source.
/// </summary>
public readonly record struct ScoreTerm(OpaqueId Item, byte EventType, long TimeMs, float Amount);

/// <summary>What one source adds to an item's score. They sum to it.</summary>
public readonly record struct SourceTerm(SourceKind Kind, float Amount);

public sealed record RecommendedItem(OpaqueId Item, float Score)
{
    /// <summary>The sources that are on, in the order of their kind; empty unless asked for.</summary>
    public IReadOnlyList<SourceTerm> Sources { get; init; } = [];

    /// <summary>Largest first; empty unless asked for.</summary>
    public IReadOnlyList<ScoreTerm> Terms { get; init; } = [];

    /// <summary>Of interest, by the policy's calibration; NaN without one, and in a popular list.</summary>
    public float Probability { get; init; } = float.NaN;

    /// <summary>The part of the vector source that comes from events older than the last L.</summary>
    public float OlderTerms { get; init; }
}

/// <summary>
/// A list, best first. Scores are as of the user's own last event; the score now is Score·2^Log2Scale.
/// </summary>
public sealed record Recommendation(IReadOnlyList<RecommendedItem> Items)
{
    public ListDecision Decision { get; init; }

    /// <summary>True when the list is what a full scan would return at this moment and generation.</summary>
    public bool Exact { get; init; }

    /// <summary>Under load a fresh scan was left out: the kept candidates were scored instead.</summary>
    public bool ScanLeftOut { get; init; }

    /// <summary>
    /// Drift between the interest now and the one the previous list was made from; NaN when there was none.
    /// </summary>
    public double Drift { get; init; } = double.NaN;

    public double Log2Scale { get; init; }

    /// <summary>One for each kind asked for, in that order.</summary>
    public IReadOnlyList<KindList> Kinds { get; init; } = [];

    /// <summary>What the sequence encoder gave to the list, or why it gave nothing.</summary>
    public EncodingUse Encoding { get; init; }

    /// <summary>The catalogue generation that the answer saw.</summary>
    public ulong Generation { get; init; }
}
