using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>One attribute value, such as category "books".</summary>
public readonly record struct EbbAttribute(EbbAttributeKind Kind, string Value);

/// <summary>
/// Which items a list may hold: for each kind that Allow names, an item must have one of the values named; it must have
/// none that Deny names. Items out of stock are left out unless asked for.
/// </summary>
public sealed record EbbFilter
{
    public static readonly EbbFilter None = new();

    public IReadOnlyList<EbbAttribute> Allow { get; init; } = [];

    public IReadOnlyList<EbbAttribute> Deny { get; init; } = [];

    public bool IncludeOutOfStock { get; init; }

    /// <summary>Only items of these prices, both ends included; items without a price are in no range.</summary>
    public (float Min, float Max)? Price { get; init; }

    /// <summary>The segment that the user is in, whose rules count; null for none.</summary>
    public string? Segment { get; init; }
}
