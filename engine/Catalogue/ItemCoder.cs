namespace Ebb.Engine.Catalogue;

/// <summary>Turns an item's texts into codes, giving new texts the next code. Under the writer lock.</summary>
internal sealed class ItemCoder(ItemTable table, EntryBuffer defines)
{
    private readonly float[] _none = new float[table.Matrix.Dimension];

    /// <summary>The item with its codes; a tag listed twice counts once.</summary>
    public CodedItem Code(ItemPut item, Span<uint> tagRoom)
    {
        int tagCount = 0;
        for (int at = 0; at < item.Tags.Count; at++)
        {
            uint code = Code(AttributeKind.Tag, item.Tags[at]);
            if (code != 0 && !tagRoom[..tagCount].Contains(code))
            {
                tagRoom[tagCount++] = code;
            }
        }

        return new CodedItem
        {
            Id = item.Id.Span,
            Vector = item.Vector.IsEmpty ? _none : item.Vector.Span,
            Codes = new ItemCodes
            {
                Category = Code(AttributeKind.Category, item.Category),
                Brand = Code(AttributeKind.Brand, item.Brand),
                Merchant = Code(AttributeKind.Merchant, item.Merchant),
            },
            Tags = tagRoom[..tagCount],
            InStock = item.InStock,
        };
    }

    private uint Code(AttributeKind kind, string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return 0;
        }

        AttributeDictionary dictionary = table.Dictionary(kind);
        uint code = dictionary.Find(text);
        if (code == 0)
        {
            code = dictionary.Add(text);
            CatalogueEntry.AddDefine(defines, kind, code, text);
        }

        return code;
    }
}
