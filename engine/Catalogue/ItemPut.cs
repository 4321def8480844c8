namespace Ebb.Engine.Catalogue;

/// <summary>
/// An item to add, or to replace whole. Attributes are UTF-8 texts of at most 64 bytes, null or empty for none;
/// at most 16 tags.
/// </summary>
public sealed record ItemPut(OpaqueId Id, ReadOnlyMemory<float> Vector)
{
    public const int AttributeBytesMax = 64;
    public const int TagCountMax = 16;

    public string? Category { get; init; }

    public string? Brand { get; init; }

    public string? Merchant { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public bool InStock { get; init; } = true;
}
