using System.Runtime.InteropServices;

namespace Ebb.Evaluation.Datasets;

/// <summary>Gathers rows, interning their names, and keeps count of what was left out. Used by one thread.</summary>
internal sealed class BehaviourLogBuilder(DatasetKind kind)
{
    private const int BadRowsKept = 10;

    private readonly List<BehaviourRow> _rows = [];
    private readonly NameTable _users = new();
    private readonly NameTable _items = new();
    private readonly NameTable _baskets = new();
    private readonly List<string?> _titles = [];
    private readonly Dictionary<string, int> _dropped = [];
    private readonly List<string> _badRows = [];
    private int _badRowCount;

    /// <summary>Rows added from here on belong to the data set's own test part.</summary>
    public bool TestPart { get; set; }

    public void Add(string user, string item, byte type, long timeMs, float value = float.NaN)
    {
        _rows.Add(new BehaviourRow(_users.IndexOf(user), ItemIndex(item), type, timeMs, value, -1, TestPart));
    }

    public void AddToBasket(string basket, string? title, BehaviourNames names, in BehaviourRow row)
    {
        int item = ItemIndex(names.Item);
        if (_titles[item] is null && !string.IsNullOrWhiteSpace(title))
        {
            _titles[item] = title.Trim();
        }

        _rows.Add(row with { User = _users.IndexOf(names.User), Item = item, Basket = _baskets.IndexOf(basket) });
    }

    /// <summary>A sound row that the format says to leave out.</summary>
    public void Drop(string reason) =>
        CollectionsMarshal.GetValueRefOrAddDefault(_dropped, reason, out _)++;

    /// <summary>A row that cannot be read.</summary>
    public void AddBad(string path, long line, string problem)
    {
        _badRowCount++;
        if (_badRows.Count < BadRowsKept)
        {
            _badRows.Add($"{path}:{line}: {problem}");
        }
    }

    /// <exception cref="DataFileException">Not one row could be read.</exception>
    public BehaviourLog Build(string path)
    {
        if (_rows.Count == 0)
        {
            throw _badRowCount > 0
                ? new DataFileException($"{_badRows[0]} ({_badRowCount} such rows, and not one that can be used)")
                : DataFileException.In(path, "holds no rows that can be used.");
        }

        return new BehaviourLog(kind, [.. _rows], _users.ToArray(), _items.ToArray(), [.. _titles])
        {
            Dropped = _dropped,
            BadRowCount = _badRowCount,
            BadRows = _badRows,
        };
    }

    private int ItemIndex(string item)
    {
        int index = _items.IndexOf(item);
        if (index == _titles.Count)
        {
            _titles.Add(null);
        }

        return index;
    }

    private sealed class NameTable
    {
        private readonly Dictionary<string, int> _indexOf = [];

        public int IndexOf(string name)
        {
            ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(_indexOf, name, out bool known);
            if (!known)
            {
                index = _indexOf.Count - 1;
            }

            return index;
        }

        public string[] ToArray()
        {
            string[] names = new string[_indexOf.Count];
            foreach ((string name, int index) in _indexOf)
            {
                names[index] = name;
            }

            return names;
        }
    }
}

/// <summary>The names of a row that are yet to be interned.</summary>
internal readonly record struct BehaviourNames(string User, string Item);
