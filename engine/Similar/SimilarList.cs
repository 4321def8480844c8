using Ebb.Engine.Ranking;

namespace Ebb.Engine.Similar;

/// <summary>
/// A list from a basket, best first, without the basket's own items. Similar: the score is the dot product with the
/// basket's unit direction (of unit vectors the cosine). Complementary: the sum of the basket's links to the item.
/// </summary>
public sealed record SimilarList(IReadOnlyList<RecommendedItem> Items)
{
    /// <summary>Items of the basket that the catalogue does not have; they count for nothing.</summary>
    public int UnknownCount { get; init; }

    /// <summary>Whether neighbours are learned here; false makes every complementary list empty.</summary>
    public bool Learned { get; init; }

    public ulong Generation { get; init; }
}
