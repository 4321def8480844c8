using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>Changes stock, window and price of an item, without its vector; null leaves a field as it is.</summary>
public sealed record EbbItemPatch(EbbId Item)
{
    public bool? InStock { get; init; }

    /// <summary>Before this moment (ms since the epoch) the item is in no list; 0: no such moment.</summary>
    public long? ValidFromMs { get; init; }

    /// <summary>From this moment on the item is in no list; 0: no such moment.</summary>
    public long? ValidUntilMs { get; init; }

    /// <summary>0 or more.</summary>
    public float? Price { get; init; }

    /// <summary>The item has no price any more; not together with one.</summary>
    public bool RemovesPrice { get; init; }
}
