namespace Ebb.Engine.Catalogue;

/// <summary>A row's attributes as codes; TagHandle is a slot of the <see cref="TagStore"/>.</summary>
internal struct ItemCodes
{
    public uint Category;
    public uint Brand;
    public uint Merchant;
    public uint TagHandle;

    public readonly uint this[AttributeKind kind] => kind switch
    {
        AttributeKind.Category => Category,
        AttributeKind.Brand => Brand,
        AttributeKind.Merchant => Merchant,
        _ => 0,
    };
}

/// <summary>An item with its texts as codes, on its way into the table. TagHandle is unused.</summary>
internal readonly ref struct CodedItem
{
    public required ReadOnlySpan<byte> Id { get; init; }

    public required ReadOnlySpan<float> Vector { get; init; }

    /// <summary>Where the graph gave Vector: the item's own, zeros for none. Empty: Vector is its own.</summary>
    public ReadOnlySpan<float> Own { get; init; }

    public required ItemCodes Codes { get; init; }

    public required ReadOnlySpan<uint> Tags { get; init; }

    public required bool InStock { get; init; }
}
