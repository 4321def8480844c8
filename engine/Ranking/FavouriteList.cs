using Ebb.Kernels.TopK;

namespace Ebb.Engine.Ranking;

/// <summary>Favourites best first, relative to the best (0 to 1), and the rows among them. Immutable.</summary>
internal sealed record FavouriteList(ScoredItem[] Items, HashSet<int> Rows)
{
    public static FavouriteList Of(ScoredItem[] items) => new(items, [.. items.Select(item => item.Index)]);
}
