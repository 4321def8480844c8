using Ebb.Engine.Catalogue;

namespace Ebb.Engine.Encoders;

/// <summary>
/// Catalogue rows in the model's own numbering, found once a row: rows keep their id for ever. Used by one thread at a
/// time.
/// </summary>
internal sealed class ModelItems
{
    private const int UnknownRow = -1;

    private readonly IdTable _numbers = new();

    // By catalogue row: the model's number, UnknownRow, or 0 for not looked up yet.
    private int[] _numberOf = [];

    public ModelItems(IReadOnlyList<OpaqueId> ids)
    {
        _numbers.EnsureRows(ids.Count);
        for (int index = 0; index < ids.Count; index++)
        {
            _numbers.Add(index, ids[index].Span);
        }
    }

    /// <summary>From 1 on; 0 for an item that the model does not know.</summary>
    public long Find(int row, CatalogueLease lease)
    {
        if (row >= _numberOf.Length)
        {
            Array.Resize(ref _numberOf, Math.Max(row + 1, lease.Items.Count));
        }

        if (_numberOf[row] == 0)
        {
            _numberOf[row] = _numbers.TryFind(lease.Id(row), out int index) ? index + 1 : UnknownRow;
        }

        return Math.Max(0, _numberOf[row]);
    }
}
