namespace Ebb.Evaluation.Replay;

/// <summary>The items by their count in the training part: the catalogue's own order.</summary>
internal sealed class PopularityRanker(int itemCount) : IRanker
{
    public int Rank(ReplayQuery query, IReadOnlySet<int> excluded, Span<int> top) => Fill(excluded, top, 0);

    /// <summary>Goes on at place with the most popular items that are neither excluded nor in top already.</summary>
    public int Fill(IReadOnlySet<int> excluded, Span<int> top, int place)
    {
        ReadOnlySpan<int> placed = top[..place];
        for (int item = 0; item < itemCount && place < top.Length; item++)
        {
            if (!excluded.Contains(item) && !placed.Contains(item))
            {
                top[place++] = item;
            }
        }

        return place;
    }
}
