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
}
