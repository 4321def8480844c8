using Ebb.Engine.Catalogue;

namespace Ebb.Engine.Similar;

/// <summary>Asks for items from an item or a basket of them, without a user.</summary>
public sealed record SimilarQuery(IReadOnlyList<OpaqueId> Items)
{
    /// <summary>Items of one basket.</summary>
    public const int ItemCountMax = 32;

    public SimilarKind Kind { get; init; }

    /// <summary>K, 1 to <see cref="Ranking.RecommendQuery.CountMax"/>.</summary>
    public int Count { get; init; } = 20;

    public ItemFilter Filter { get; init; } = ItemFilter.None;
}
