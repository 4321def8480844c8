using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>What one source adds to the score now and added then; Then is NaN without an earlier moment.</summary>
public readonly record struct EbbSourceShare(string Name, double Amount, double Then);

/// <summary>What one past event adds to the vector source now and added then (0: it was still to come).</summary>
public readonly record struct EbbEventShare(
    EbbId Item, byte Type, long TimeMs, float Weight, double Amount, double Then);

/// <summary>What keeps an item out of a user's lists whatever its score; flags.</summary>
[Flags]
public enum EbbScoreRules : byte
{
    None = 0,
    OutOfStock = 1,
    StoppedCategory = 2,
    StoppedItem = 4,
    BelowScoreMin = 8,
    OutOfWindow = 16,
    Banned = 32,
    Hidden = 64,
}

/// <summary>The same score at an earlier moment, from the events up to it; see PROTOCOL.md §3.13.</summary>
public sealed record EbbScorePast(long SinceMs, double Score, double Log2Scale)
{
    public bool Known { get; init; }

    /// <summary>Every event after that moment could be taken out.</summary>
    public bool IsComplete { get; init; }

    public double OlderEvents { get; init; }
}

/// <summary>
/// Why a user's score of an item is what it is: the sources sum to Score, the events and OlderEvents to the source
/// "vector". The score now is Score·2^Log2Scale.
/// </summary>
public sealed record WhyResult(double Score, double Log2Scale)
{
    public bool Known { get; init; }

    public IReadOnlyList<EbbSourceShare> Sources { get; init; } = [];

    /// <summary>The largest first.</summary>
    public IReadOnlyList<EbbEventShare> Events { get; init; } = [];

    public double OlderEvents { get; init; }

    public IReadOnlyList<EbbSubjectPhase> Phases { get; init; } = [];

    public EbbScoreRules Rules { get; init; }

    /// <summary>Every rule in force that names the item, those for one segment alone among them.</summary>
    public IReadOnlyList<EbbRule> ShopRules { get; init; } = [];

    /// <summary>Null unless asked for.</summary>
    public EbbScorePast? Since { get; init; }

    public ulong Generation { get; init; }
}
