using Ebb.Engine.Catalogue;

namespace Ebb.Engine.Batching;

/// <summary>
/// Fetches ahead what finding the items of a batch reads, step by step (<see cref="CatalogueLease.PrefetchSlot"/>).
/// Over all requests of the batch: one request alone has few events in a partition. A hint alone. One thread.
/// </summary>
internal sealed class ItemLookAhead
{
    // The row's columns first, then what they lead to.
    private const int RowsAhead = 8;
    private const int IdsAhead = 4;

    private readonly List<uint> _hashes = [];
    private int _next;

    public void Clear()
    {
        _hashes.Clear();
        _next = 0;
    }

    /// <summary>All items of the batch, in the order in which they will be looked up.</summary>
    public void Add(uint hash, CatalogueLease catalogue)
    {
        catalogue.PrefetchSlot(hash);
        _hashes.Add(hash);
    }

    /// <summary>As the next item's turn comes.</summary>
    public void Next(CatalogueLease catalogue)
    {
        int index = _next++;
        if (index + RowsAhead < _hashes.Count)
        {
            catalogue.PrefetchRow(_hashes[index + RowsAhead]);
        }

        if (index + IdsAhead < _hashes.Count)
        {
            catalogue.PrefetchId(_hashes[index + IdsAhead]);
        }
    }
}
