using Ebb.Engine.Interest.Lifecycle;
using Ebb.Engine.Merchandising;
using Ebb.Engine.Sources;

namespace Ebb.Engine.Ranking.Why;

/// <summary>What one source adds to the score now, and what it added then (NaN: not asked, or off then).</summary>
public readonly record struct SourceShare(SourceKind Kind, double Amount, double Then)
{
    /// <summary>The name that the wire carries.</summary>
    public string Name => Kind.ToString().ToLowerInvariant();
}

/// <summary>
/// What one past event adds to the vector source now, and what it added then (0: it was still to come). Weight is the
/// effective weight that was logged.
/// </summary>
public readonly record struct EventShare(OpaqueId Item, byte Type, long TimeMs, float Weight)
{
    public double Amount { get; init; }

    public double Then { get; init; }
}

/// <summary>What keeps an item out of a user's lists whatever its score; flags.</summary>
[Flags]
public enum ScoreRules : byte
{
    None = 0,
    OutOfStock = 1,

    /// <summary>The interest in its category has expired, and the policy stops those.</summary>
    StoppedCategory = 2,

    /// <summary>The interest in the item itself has.</summary>
    StoppedItem = 4,

    /// <summary>The final score is under the policy's θ.</summary>
    BelowScoreMin = 8,

    /// <summary>It is not sold yet, or not any more.</summary>
    OutOfWindow = 16,

    /// <summary>By a rule: <see cref="ScoreExplanation.ShopRules"/> names it.</summary>
    Banned = 32,

    /// <summary>The policy hides what the user did such an event with.</summary>
    Hidden = 64,
}

/// <summary>The same score at an earlier moment, from the events up to it.</summary>
public sealed record ScorePast(long SinceMs, double Score, double Log2Scale)
{
    /// <summary>The user had a direction then, or recent events that a source reads.</summary>
    public bool Known { get; init; }

    /// <summary>
    /// Every event after that moment is among the last L, so that they could be taken out. False: those before the last
    /// L are taken for older than the moment. What the population taught the sources is that of now either way.
    /// </summary>
    public bool IsComplete { get; init; }

    public double OlderEvents { get; init; }
}

/// <summary>
/// Why a user's score of an item is what it is. The sources sum to Score, the events and OlderEvents to the vector
/// source; all are as of the user's last event: the score now is Score·2^Log2Scale, and then with Since.Log2Scale.
/// </summary>
public sealed record ScoreExplanation(OpaqueId Item, double Score, double Log2Scale)
{
    /// <summary>False for a stranger, who is served the population's favourites.</summary>
    public required bool Known { get; init; }

    /// <summary>The sources that are on, in the order of their kind.</summary>
    public IReadOnlyList<SourceShare> Sources { get; init; } = [];

    /// <summary>The remembered events whose item still has the vector of then; the largest first.</summary>
    public IReadOnlyList<EventShare> Events { get; init; } = [];

    /// <summary>The vector source's part from events older than the last L, or of items with another vector.</summary>
    public double OlderEvents { get; init; }

    /// <summary>Of the item's category and of the item, where the user's policy tells them.</summary>
    public IReadOnlyList<SubjectPhase> Phases { get; init; } = [];

    public ScoreRules Rules { get; init; }

    /// <summary>Every rule in force that names the item, those for one segment alone among them.</summary>
    public IReadOnlyList<ShopRule> ShopRules { get; init; } = [];

    /// <summary>Null unless asked for.</summary>
    public ScorePast? Since { get; init; }

    public ulong Generation { get; init; }
}
