namespace Ebb.Engine.Catalogue;

/// <summary>
/// Windows and prices by row, and the moments at which windows open and close. No memory before the first patch.
/// Written under the catalogue's writer lock, with the gate closed once leases look on; read within a lease.
/// </summary>
internal sealed class ShelfColumn
{
    private readonly PriorityQueue<int, long> _edges = new();
    private PagedColumn<ItemShelf>? _rows;
    private int _rowCount;

    /// <summary>Something was ever patched.</summary>
    public bool IsUsed => _rows is not null;

    /// <summary>The earliest moment at which a window may turn; long.MaxValue: none.</summary>
    public long NextEdgeMs => _edges.TryPeek(out _, out long edgeMs) ? edgeMs : long.MaxValue;

    public ItemShelf this[int row] => row < _rowCount ? _rows![row] : default;

    public void Set(int row, in ItemShelf shelf, long nowMs)
    {
        _rows ??= new PagedColumn<ItemShelf>();
        if (row >= _rowCount)
        {
            _rowCount = row + 1;
            _rows.EnsureRows(_rowCount);
        }

        _rows[row] = shelf;
        long edgeMs = shelf.NextEdgeMs(nowMs);
        if (edgeMs != long.MaxValue)
        {
            _edges.Enqueue(row, edgeMs);
        }
    }

    public void Clear(int row)
    {
        if (row < _rowCount)
        {
            _rows![row] = default;
        }
    }

    public void ForgetEdges() => _edges.Clear();

    /// <summary>Rows whose window may have turned by now; each may come more than once.</summary>
    public void TakeDue(long nowMs, List<int> rows)
    {
        while (_edges.TryPeek(out int row, out long edgeMs) && edgeMs <= nowMs)
        {
            _edges.Dequeue();
            rows.Add(row);
        }
    }
}
