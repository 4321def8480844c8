namespace Ebb.Engine.Graph.Live;

/// <summary>
/// The nodes of every kind but items, as of one generation of the catalogue. Immutable: replaced with the gate closed.
/// </summary>
internal sealed class KindTables
{
    public static readonly KindTables Empty = new([]);

    private readonly Dictionary<string, KindTable> _byKind;

    private KindTables(Dictionary<string, KindTable> byKind)
    {
        _byKind = byKind;
    }

    public KindTable? Find(string kind) => _byKind.GetValueOrDefault(kind);

    /// <summary>The same with tables of some kinds replaced.</summary>
    public KindTables With(IEnumerable<(string Kind, KindTable Table)> replaced)
    {
        var byKind = new Dictionary<string, KindTable>(_byKind, StringComparer.Ordinal);
        foreach ((string kind, KindTable table) in replaced)
        {
            byKind[kind] = table;
        }

        return new KindTables(byKind);
    }
}
