using System.Text;
using Ebb.Engine.Catalogue;

namespace Ebb.Engine.Merchandising;

/// <summary>
/// Boosts and buries by row: each row belongs to the group of its category and of the set of rules that name it, so
/// that what a query's segment and phases add is one bias a group, inside the exact scan. Built under the catalogue's
/// writer lock, changed with the gate closed, read within a lease.
/// </summary>
internal sealed class RuleWeights
{
    private readonly ShopRule[] _rules;
    private readonly Dictionary<uint, ulong>[] _masksByCode = [[], [], [], []];
    private readonly Dictionary<int, ulong> _masksByRow = [];
    private readonly Dictionary<(uint Category, ulong Mask), int> _groupOf = [];
    private readonly List<(uint Category, ulong Mask)> _groups = [];
    private int[] _rows = [];

    private RuleWeights(ShopRule[] rules, ItemTable table)
    {
        _rules = rules;
        for (int index = 0; index < rules.Length; index++)
        {
            Compile(rules[index], 1UL << index, table);
        }
    }

    /// <summary>A rule names what no item has yet: a later put may bring it, and then all is built again.</summary>
    public bool HasUnknownValue { get; private set; }

    /// <summary>Group by row, as a scan's bias reads it.</summary>
    public int[] Groups => _rows;

    public int GroupCount => _groups.Count;

    /// <summary>Null where no rule adds to scores.</summary>
    public static RuleWeights? Build(RuleBook book, ItemTable table)
    {
        ShopRule[] rules = [.. book.Rules.Where(rule => rule.IsWeight)];
        if (rules.Length == 0)
        {
            return null;
        }

        var weights = new RuleWeights(rules, table) { _rows = new int[table.RowCount] };
        for (int row = 0; row < table.RowCount; row++)
        {
            weights._rows[row] = weights.GroupOf(row, table);
        }

        return weights;
    }

    /// <summary>Exclusive. After a row was put.</summary>
    public void Update(int row, ItemTable table)
    {
        if (row >= _rows.Length)
        {
            Array.Resize(ref _rows, Math.Max(row + 1, _rows.Length + (_rows.Length / 2)));
        }

        _rows[row] = GroupOf(row, table);
    }

    /// <summary>The rules that a request of this segment is under, one bit each; 0: none adds anything.</summary>
    public ulong Active(string segment)
    {
        ulong active = 0;
        for (int index = 0; index < _rules.Length; index++)
        {
            active |= _rules[index].AppliesTo(segment) ? 1UL << index : 0;
        }

        return active;
    }

    public uint CategoryOf(int group) => _groups[group].Category;

    /// <summary>What the active rules add to rows of a group.</summary>
    public double AmountOfGroup(int group, ulong active) => Sum(_groups[group].Mask & active);

    public double AmountOf(int row, ulong active) => Sum(_groups[_rows[row]].Mask & active);

    private double Sum(ulong mask)
    {
        double sum = 0;
        for (; mask != 0; mask &= mask - 1)
        {
            sum += _rules[System.Numerics.BitOperations.TrailingZeroCount(mask)].Weight;
        }

        return sum;
    }

    private void Compile(ShopRule rule, ulong bit, ItemTable table)
    {
        if (rule.Subject == RuleSubject.Item)
        {
            bool isKnown = table.Ids.TryFind(rule.Value.Span, out int row);
            HasUnknownValue |= !isKnown;
            if (isKnown)
            {
                _masksByRow[row] = _masksByRow.GetValueOrDefault(row) | bit;
            }

            return;
        }

        uint code = table.Dictionary((AttributeKind)rule.Subject).Find(Encoding.UTF8.GetString(rule.Value.Span));
        HasUnknownValue |= code == 0;
        if (code != 0)
        {
            Dictionary<uint, ulong> masks = _masksByCode[(int)rule.Subject];
            masks[code] = masks.GetValueOrDefault(code) | bit;
        }
    }

    private int GroupOf(int row, ItemTable table)
    {
        ref readonly ItemCodes codes = ref table.Codes(row);
        ulong mask = _masksByRow.GetValueOrDefault(row)
            | _masksByCode[(int)AttributeKind.Category].GetValueOrDefault(codes.Category)
            | _masksByCode[(int)AttributeKind.Brand].GetValueOrDefault(codes.Brand)
            | _masksByCode[(int)AttributeKind.Merchant].GetValueOrDefault(codes.Merchant);
        if (_masksByCode[(int)AttributeKind.Tag].Count > 0)
        {
            foreach (uint tag in table.Tags(row))
            {
                mask |= _masksByCode[(int)AttributeKind.Tag].GetValueOrDefault(tag);
            }
        }

        (uint, ulong) key = (codes.Category, mask);
        if (!_groupOf.TryGetValue(key, out int group))
        {
            group = _groups.Count;
            _groups.Add(key);
            _groupOf.Add(key, group);
        }

        return group;
    }
}
