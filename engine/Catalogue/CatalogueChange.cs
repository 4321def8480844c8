namespace Ebb.Engine.Catalogue;

/// <summary>
/// Items staged out of sight and shown together as one generation. Not thread-safe; disposing without publishing
/// drops what was staged.
/// </summary>
public sealed class CatalogueChange : IDisposable
{
    private readonly ItemCatalogue _catalogue;

    private StagedChange? _staged;

    internal CatalogueChange(ItemCatalogue catalogue, StagedChange staged)
    {
        _catalogue = catalogue;
        _staged = staged;
    }

    /// <summary>Stages an item; the status says whether it was accepted.</summary>
    public EntryStatus Put(ItemPut item)
    {
        ObjectDisposedException.ThrowIf(_staged is null, this);
        return _catalogue.StagePut(_staged, item);
    }

    /// <summary>Stages a removal; UnknownItem when there is no such item.</summary>
    public EntryStatus Remove(OpaqueId item)
    {
        ObjectDisposedException.ThrowIf(_staged is null, this);
        return _catalogue.StageRemove(_staged, item);
    }

    /// <summary>Stages a change of stock, window or price; UnknownItem when there is no such item.</summary>
    public EntryStatus Patch(ItemPatch patch)
    {
        ObjectDisposedException.ThrowIf(_staged is null, this);
        return _catalogue.StagePatch(_staged, patch);
    }

    /// <summary>Shows everything staged; returns the generation.</summary>
    /// <exception cref="CatalogueRefusedException">The log refused it.</exception>
    public Task<ulong> PublishAsync()
    {
        ObjectDisposedException.ThrowIf(_staged is null, this);
        StagedChange staged = _staged;
        _staged = null;
        return _catalogue.PublishAsync(staged);
    }

    public void Dispose()
    {
        if (_staged is not null)
        {
            _catalogue.Drop(_staged);
            _staged = null;
        }
    }
}
