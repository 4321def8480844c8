namespace Ebb.Engine.Catalogue;

/// <summary>
/// A change could not be published as asked. StorageFailed from an append: nothing of it is shown. StorageFailed from
/// the sync of a durable publish: it is shown, but a crash may take it, and the log takes nothing more.
/// </summary>
public sealed class CatalogueRefusedException(EntryStatus status, string message, Exception? inner = null)
    : Exception(message, inner)
{
    public EntryStatus Status { get; } = status;
}
