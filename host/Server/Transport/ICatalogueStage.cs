using Ebb.Engine;
using Ebb.Engine.Catalogue;

namespace Ebb.Server.Transport;

/// <summary>An open catalogue change. Not thread-safe; disposing without publishing drops it.</summary>
internal interface ICatalogueStage : IDisposable
{
    public EntryStatus Put(ItemPut item);

    public EntryStatus Remove(OpaqueId item);

    public EntryStatus Patch(ItemPatch patch);

    public Task<ulong> PublishAsync();
}
