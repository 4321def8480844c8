namespace Ebb.Engine.Catalogue;

/// <summary>
/// Vectors of item versions that entries of the users' logs may name: the current ones and those superseded since the
/// base. Built by <see cref="ItemCatalogue.Open"/> for the replay that follows it and forgotten after that (drop the
/// reference). Many threads may read it while no change is published.
/// </summary>
public sealed class CatalogueHistory
{
    private readonly Dictionary<(int Row, ulong Version), float[]> _superseded = [];
    private readonly ItemTable _table;

    internal CatalogueHistory(ItemTable table)
    {
        _table = table;
    }

    /// <summary>Superseded vectors held.</summary>
    public int SupersededCount => _superseded.Count;

    /// <summary>The vector that the item had at this version, whether or not the item is live.</summary>
    public bool TryGetVector(int index, ulong version, out ReadOnlySpan<float> vector)
    {
        if ((uint)index < (uint)_table.RowCount && version != 0 && _table.Version(index) == version)
        {
            vector = _table.Matrix.Row(index);
            return true;
        }

        bool isFound = _superseded.TryGetValue((index, version), out float[]? superseded);
        vector = superseded;
        return isFound;
    }

    internal void Keep(int row, ulong version, ReadOnlySpan<float> vector) =>
        _superseded.TryAdd((row, version), vector.ToArray());
}
