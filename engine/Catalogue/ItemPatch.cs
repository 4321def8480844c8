namespace Ebb.Engine.Catalogue;

/// <summary>
/// Changes what a shop knows of an item, without its vector: null leaves a field as it is. An ITEM_PUT later says the
/// stock anew and leaves window and price; a removal takes all away.
/// </summary>
public sealed record ItemPatch(OpaqueId Id)
{
    public bool? InStock { get; init; }

    /// <summary>Before this moment (ms since the epoch) the item is in no list; 0: no such moment.</summary>
    public long? ValidFromMs { get; init; }

    /// <summary>From this moment on the item is in no list; 0: no such moment.</summary>
    public long? ValidUntilMs { get; init; }

    /// <summary>In the shop's own currency, 0 or more.</summary>
    public float? Price { get; init; }

    /// <summary>From here on the item has no price; not together with one.</summary>
    public bool RemovesPrice { get; init; }

    internal EntryStatus Check()
    {
        if (!Id.IsValid)
        {
            return EntryStatus.IdLength;
        }

        if (ValidFromMs < 0 || ValidUntilMs < 0)
        {
            return EntryStatus.TimeOutOfRange;
        }

        if (RemovesPrice && Price is not null)
        {
            return EntryStatus.Malformed;
        }

        return Price is null || (float.IsFinite(Price.Value) && Price >= 0) ? EntryStatus.Ok : EntryStatus.NotFinite;
    }
}
