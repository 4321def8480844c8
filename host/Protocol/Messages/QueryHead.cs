namespace Ebb.Protocol.Messages;

/// <summary>The fixed fields of a query. NowMs long.MinValue: the server's clock.</summary>
public readonly record struct QueryHead(
    ushort Count,
    ushort Surface = 0,
    bool ExcludeSeen = false,
    bool Explain = false,
    bool IncludeOutOfStock = false,
    long NowMs = long.MinValue)
{
    /// <summary>Append a probability an item to the list.</summary>
    public bool Probabilities { get; init; }

    /// <summary>Append to the list what each source adds to each score.</summary>
    public bool Sources { get; init; }

    /// <summary>Only items of these prices, both ends included; null: whatever they cost.</summary>
    public (float Min, float Max)? Price { get; init; }

    /// <summary>Kinds to bring beside the items, written with <see cref="KindEntry"/>; none by default.</summary>
    public int KindCount { get; init; }

    public ReadOnlyMemory<byte> Kinds { get; init; }

    /// <summary>UTF-8, at most 255 bytes; empty: none.</summary>
    public ReadOnlyMemory<byte> Segment { get; init; }
}
