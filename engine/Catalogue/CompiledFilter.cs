using System.Text;
using Ebb.Engine.Merchandising;

namespace Ebb.Engine.Catalogue;

/// <summary>A filter as sets of codes, one bit a code. Immutable.</summary>
internal sealed class CompiledFilter
{
    private const int KindCount = 4;

    private readonly ulong[]?[] _allow = new ulong[]?[KindCount];
    private readonly ulong[]?[] _deny = new ulong[]?[KindCount];
    private readonly HashSet<int> _bannedRows = [];

    public CompiledFilter(ItemFilter filter, ItemTable table)
    {
        IncludeOutOfStock = filter.IncludeOutOfStock;
        Price = filter.Price;
        AddAll(filter.Allow, _allow, table);
        AddAll(filter.Deny, _deny, table);
        AddBans(table, filter.Segment);
    }

    public bool IncludeOutOfStock { get; }

    public PriceRange? Price { get; }

    /// <summary>A value had no code: items of a later generation may bring it.</summary>
    public bool HasUnknownValue { get; private set; }

    /// <summary>What the attributes say; whether the row is live and in stock is another matter.</summary>
    public bool Accepts(in ItemCodes codes, ReadOnlySpan<uint> tags)
    {
        for (int kind = 0; kind < (int)AttributeKind.Tag; kind++)
        {
            uint code = codes[(AttributeKind)kind];
            if ((_allow[kind] is { } allow && !Contains(allow, code))
                || (_deny[kind] is { } deny && Contains(deny, code)))
            {
                return false;
            }
        }

        return (_allow[(int)AttributeKind.Tag] is not { } allowTags || ContainsAny(allowTags, tags))
            && (_deny[(int)AttributeKind.Tag] is not { } denyTags || !ContainsAny(denyTags, tags));
    }

    /// <summary>The row's price and attributes; not whether it is live and on sale.</summary>
    public bool AcceptsRow(ItemTable table, int row) =>
        (Price is not { } range || range.Holds(table.Shelf[row])) && !_bannedRows.Contains(row)
        && Accepts(table.Codes(row), table.Tags(row));

    private static bool Contains(ulong[] set, uint code) =>
        code >> 6 < (uint)set.Length && (set[code >> 6] >> (int)(code & 63) & 1) != 0;

    private static bool ContainsAny(ulong[] set, ReadOnlySpan<uint> codes)
    {
        foreach (uint code in codes)
        {
            if (Contains(set, code))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What the rules ban is denied, whatever the query says.</summary>
    private void AddBans(ItemTable table, string segment)
    {
        foreach (ShopRule rule in table.Rules.Rules)
        {
            if (rule.Action != RuleAction.Ban || !rule.AppliesTo(segment))
            {
                continue;
            }

            if (rule.Subject != RuleSubject.Item)
            {
                string text = Encoding.UTF8.GetString(rule.Value.Span);
                AddAll([new AttributeValue((AttributeKind)rule.Subject, text)], _deny, table);
            }
            else if (table.Ids.TryFind(rule.Value.Span, out int row))
            {
                _bannedRows.Add(row);
            }
            else
            {
                HasUnknownValue = true;
            }
        }
    }

    private void AddAll(IReadOnlyList<AttributeValue> values, ulong[]?[] sets, ItemTable table)
    {
        foreach (AttributeValue value in values)
        {
            AttributeDictionary dictionary = table.Dictionary(value.Kind);
            uint code = dictionary.Find(value.Value);
            ref ulong[]? set = ref sets[(int)value.Kind];
            int wordCount = (int)(code >> 6) + 1;
            if (set is null || set.Length < wordCount)
            {
                Array.Resize(ref set, wordCount);
            }

            // Code 0 stands for "has none", which no value names: an unknown value adds an empty set and no bit.
            if (code == 0)
            {
                HasUnknownValue = true;
            }
            else
            {
                set[code >> 6] |= 1UL << (int)(code & 63);
            }
        }
    }
}
