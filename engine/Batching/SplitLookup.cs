using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;

namespace Ebb.Engine.Batching;

/// <summary>Which category split an item's events have. Used by one partition's writer.</summary>
internal sealed class SplitLookup(IReadOnlyList<CategorySplit> splits)
{
    // By the catalogue's code, which a text keeps for ever.
    private readonly Dictionary<uint, int> _byCode = [];

    /// <summary>From 1; 0: the item's category is not split.</summary>
    public int Of(int row, CatalogueLease lease)
    {
        if (splits.Count == 0 || lease.CategoryCode(row) is not (> 0 and uint code))
        {
            return 0;
        }

        if (!_byCode.TryGetValue(code, out int split))
        {
            string? category = lease.Category(row);
            split = splits.Select(candidate => candidate.Category).ToList().IndexOf(category ?? "") + 1;
            _byCode[code] = split;
        }

        return split;
    }
}
