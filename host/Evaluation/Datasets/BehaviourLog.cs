namespace Ebb.Evaluation.Datasets;

/// <summary>
/// A data set in memory: rows in file order, users and items interned in order of first appearance. Immutable.
/// </summary>
public sealed class BehaviourLog(
    DatasetKind kind, BehaviourRow[] rows, string[] users, string[] items, string?[] itemTitles)
{
    public DatasetKind Kind { get; } = kind;

    public IReadOnlyList<BehaviourRow> Rows { get; } = rows;

    public IReadOnlyList<string> Users { get; } = users;

    public IReadOnlyList<string> Items { get; } = items;

    /// <summary>Product names, an entry an item, null where the data has none.</summary>
    public IReadOnlyList<string?> ItemTitles { get; } = itemTitles;

    /// <summary>True when rows of one basket are one act (and one query).</summary>
    public bool HasBaskets => Kind == DatasetKind.OnlineRetail;

    /// <summary>Rows that the format says to leave out, by reason ("no customer", "no product code", …).</summary>
    public IReadOnlyDictionary<string, int> Dropped { get; init; } = new Dictionary<string, int>();

    /// <summary>Rows that could not be read.</summary>
    public int BadRowCount { get; init; }

    /// <summary>The first of them, as <c>file:line: problem</c>; at most ten.</summary>
    public IReadOnlyList<string> BadRows { get; init; } = [];

    internal ReadOnlySpan<BehaviourRow> RowSpan => rows;
}
