using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>
/// An item to add or replace whole. Attributes: at most 64 UTF-8 bytes each, null for none; at most 16 tags.
/// </summary>
public sealed record EbbItem(EbbId Id, ReadOnlyMemory<float> Vector)
{
    public string? Category { get; init; }

    public string? Brand { get; init; }

    public string? Merchant { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public bool InStock { get; init; } = true;
}
