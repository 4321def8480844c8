using Ebb.Engine.Catalogue;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Ranking;

/// <summary>
/// Which list of a user: the list key of DESIGN.md §2 besides the policy (compared by identity) and space.
/// </summary>
internal readonly record struct ServedListKey(ulong UserHash, ushort Surface, bool ExcludeSeen, ItemFilter Filter)
{
    /// <summary>Filters are compared by what they say, not by identity: each frame brings one of its own.</summary>
    public bool Equals(ServedListKey other) =>
        UserHash == other.UserHash && Surface == other.Surface && ExcludeSeen == other.ExcludeSeen
        && FilterComparer.Instance.Equals(Filter, other.Filter);

    public override int GetHashCode() =>
        HashCode.Combine(UserHash, Surface, ExcludeSeen, FilterComparer.Instance.GetHashCode(Filter));
}

/// <summary>
/// A list as it was served, with what is needed to decide whether it still stands. Served state: in no hash, lost at
/// the price of a fresh ranking. Immutable once stored.
/// </summary>
internal sealed record ServedList
{
    public required ServedListKey Key { get; init; }

    /// <summary>The user's key bytes: the hash in the key may collide, lists of two users must not.</summary>
    public required byte[] User { get; init; }

    public required PolicyInForce Policy { get; init; }

    /// <summary>The unscaled interest vector of the scan behind the candidates: the reference of drift.</summary>
    public required float[] Reference { get; init; }

    /// <summary>Rows that the scan brought, best first.</summary>
    public required int[] Candidates { get; init; }

    /// <summary>What was shown, in the order shown.</summary>
    public required ScoredItem[] Shown { get; init; }

    /// <summary>The K that was asked for; Shown may be shorter.</summary>
    public required int AskedCount { get; init; }

    public required bool ShownExact { get; init; }

    public required ulong UserSequence { get; init; }

    public required ulong Generation { get; init; }

    /// <summary>Milliseconds from the user's last event to the moment shown.</summary>
    public required double ElapsedMs { get; init; }
}
