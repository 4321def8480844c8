using Ebb.Engine.Catalogue;

namespace Ebb.Engine.Encoders;

/// <summary>
/// Stages every live item as it is, with a model's vector; with that of its neighbours where the model does not know
/// it. Used by one caller at a time; holds no lease between slices.
/// </summary>
internal sealed class ItemStaging(EngineCore core, CatalogueChange change, BundleLookup vectors)
{
    private const int SliceRowCount = 1024;

    private readonly NeighbourVectors _neighbours = new(core.Sources, vectors, core.Options.Dimension);
    private readonly List<ItemPut> _puts = new(SliceRowCount);
    private readonly List<OpaqueId> _gone = [];
    private bool[] _isStaged = [];

    /// <summary>May be called again for what has changed since.</summary>
    /// <returns>The generation that it began with.</returns>
    /// <exception cref="ArgumentException">An item cannot have its vector.</exception>
    public ulong StageAll()
    {
        ulong generation = core.Catalogue.Generation;
        int start = 0;
        while (ReadSlice(start))
        {
            foreach (ItemPut item in _puts)
            {
                EntryStatus status = change.Put(item);
                if (status != EntryStatus.Ok)
                {
                    throw new ArgumentException($"the item '{item.Id}' cannot have the model's vector: {status}");
                }
            }

            _gone.ForEach(id => change.Remove(id));
            start += SliceRowCount;
        }

        return generation;
    }

    /// <summary>False behind the last row.</summary>
    private bool ReadSlice(int start)
    {
        _puts.Clear();
        _gone.Clear();
        using CatalogueLease lease = core.Catalogue.Read();
        if (_isStaged.Length < lease.Items.Count)
        {
            Array.Resize(ref _isStaged, lease.Items.Count);
        }

        for (int row = start; row < Math.Min(start + SliceRowCount, lease.Items.Count); row++)
        {
            if (lease.IsLive(row))
            {
                _puts.Add(Copy(lease, row));
                _isStaged[row] = true;
            }
            else if (_isStaged[row])
            {
                _gone.Add(new OpaqueId(lease.Id(row).ToArray()));
                _isStaged[row] = false;
            }
        }

        return start < lease.Items.Count;
    }

    private ItemPut Copy(CatalogueLease lease, int row)
    {
        bool isKnown = vectors.TryFind(lease.Id(row), out ReadOnlyMemory<float> vector);
        return new ItemPut(new OpaqueId(lease.Id(row).ToArray()), isKnown ? vector : _neighbours.Of(row, lease))
        {
            Category = lease.Category(row),
            Brand = lease.Brand(row),
            Merchant = lease.Merchant(row),
            Tags = lease.Tags(row),
            InStock = lease.InStock(row),
        };
    }
}
