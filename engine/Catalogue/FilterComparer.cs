namespace Ebb.Engine.Catalogue;

/// <summary>Filters by value; the order of the values listed counts, which costs at most a second bitmap.</summary>
internal sealed class FilterComparer : IEqualityComparer<ItemFilter>
{
    public static readonly FilterComparer Instance = new();

    public bool Equals(ItemFilter? left, ItemFilter? right) =>
        ReferenceEquals(left, right)
        || (left is not null && right is not null && left.IncludeOutOfStock == right.IncludeOutOfStock
            && left.Price == right.Price && left.Segment == right.Segment
            && AreEqual(left.Allow, right.Allow) && AreEqual(left.Deny, right.Deny));

    public int GetHashCode(ItemFilter filter)
    {
        var hash = default(HashCode);
        hash.Add(filter.IncludeOutOfStock);
        hash.Add(filter.Price);
        hash.Add(filter.Segment);
        AddAll(ref hash, filter.Allow);
        AddAll(ref hash, filter.Deny);
        return hash.ToHashCode();
    }

    private static bool AreEqual(IReadOnlyList<AttributeValue> left, IReadOnlyList<AttributeValue> right)
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        for (int at = 0; at < left.Count; at++)
        {
            if (left[at] != right[at])
            {
                return false;
            }
        }

        return true;
    }

    private static void AddAll(ref HashCode hash, IReadOnlyList<AttributeValue> values)
    {
        hash.Add(values.Count);
        for (int at = 0; at < values.Count; at++)
        {
            hash.Add(values[at]);
        }
    }
}
