namespace Ebb.Engine.Catalogue;

/// <summary>
/// A change could not be published: nothing of it is shown, and the catalogue takes no more changes until it is opened
/// again. If the append was done and its sync failed, the change may be there after that.
/// </summary>
public sealed class CatalogueRefusedException(EntryStatus status, string message, Exception? inner = null)
    : Exception(message, inner)
{
    public EntryStatus Status { get; } = status;
}
