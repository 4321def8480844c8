using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Similar;

/// <summary>What goes with a basket: Σ over its items of their learned link to an item. Scratch is reused.</summary>
internal sealed class ComplementReader
{
    private readonly SourceLink[] _links = new SourceLink[LinkRow.PublishedCountMax];
    private readonly Dictionary<int, double> _sums = [];
    private readonly List<ScoredItem> _found = [];

    /// <summary>Best first, the basket's own items among them; valid until the next call.</summary>
    public ReadOnlySpan<ScoredItem> Read(
        IReadOnlyList<int> rows, LinkTable? table, ItemBitmap excluded, CatalogueLease lease)
    {
        _sums.Clear();
        foreach (int from in rows)
        {
            int count = table?.Find((uint)from)?.Copy(_links) ?? 0;
            foreach (SourceLink link in _links.AsSpan(0, count))
            {
                int row = (int)link.Item;
                if (row < lease.Items.Count && !excluded[row])
                {
                    _sums[row] = _sums.GetValueOrDefault(row) + link.Value;
                }
            }
        }

        _found.Clear();
        foreach ((int row, double sum) in _sums)
        {
            _found.Add(new ScoredItem(row, (float)sum));
        }

        Span<ScoredItem> found = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_found);
        found.Sort(RankOrder.Compare);
        return found;
    }
}
