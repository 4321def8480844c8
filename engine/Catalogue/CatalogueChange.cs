namespace Ebb.Engine.Catalogue;

/// <summary>
/// Items staged out of sight and shown together as one generation. Not thread-safe; disposing without publishing
/// drops what was staged.
/// </summary>
public sealed class CatalogueChange : IDisposable
{
    /// <summary>Stages an item; the status says whether it was accepted.</summary>
    public EntryStatus Put(ItemPut item) => throw new NotImplementedException();

    /// <summary>Stages a removal; UnknownItem when there is no such item.</summary>
    public EntryStatus Remove(OpaqueId item) => throw new NotImplementedException();

    /// <summary>Shows everything staged; returns the generation.</summary>
    public Task<ulong> PublishAsync(AckLevel ack = AckLevel.Applied) => throw new NotImplementedException();

    public void Dispose()
    {
    }
}
