namespace Ebb.Engine.Catalogue;

public enum AttributeKind : byte
{
    Category = 0,
    Brand = 1,
    Merchant = 2,
    Tag = 3,
}

/// <summary>One attribute value, such as category "books".</summary>
public readonly record struct AttributeValue(AttributeKind Kind, string Value);

/// <summary>
/// Which items a query may return: for each attribute kind that Allow names, an item must have one of the values
/// named; it must have none that Deny names. Items out of stock are left out unless asked for.
/// </summary>
public sealed record ItemFilter
{
    public static readonly ItemFilter None = new();

    public IReadOnlyList<AttributeValue> Allow { get; init; } = [];

    public IReadOnlyList<AttributeValue> Deny { get; init; } = [];

    public bool IncludeOutOfStock { get; init; }

    /// <summary>Only items whose price lies in it; null: whatever they cost.</summary>
    public PriceRange? Price { get; init; }

    /// <summary>
    /// The segment of users that the caller is in, whose rules count beside everyone's; empty for none.
    /// </summary>
    public string Segment { get; init; } = "";

    public bool IsNone =>
        Allow.Count == 0 && Deny.Count == 0 && !IncludeOutOfStock && Price is null && Segment.Length == 0;
}
