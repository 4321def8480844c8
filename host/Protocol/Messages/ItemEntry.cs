namespace Ebb.Protocol.Messages;

/// <summary>
/// One item of ITEM_PUT. Texts are UTF-8, empty for none. Lengths up to 255 travel; what is too long is that entry's
/// mistake and not the frame's.
/// </summary>
public readonly ref struct ItemEntry
{
    public const int BytesMin = 8;

    internal const byte InStockBit = 1;

    public ReadOnlySpan<byte> Id { get; init; }

    public ReadOnlySpan<byte> Category { get; init; }

    public ReadOnlySpan<byte> Brand { get; init; }

    public ReadOnlySpan<byte> Merchant { get; init; }

    public int TagCount { get; init; }

    /// <summary>TagCount times length u8 and bytes. Well-formed.</summary>
    public ReadOnlySpan<byte> Tags { get; init; }

    public bool InStock { get; init; }

    public int Dimension { get; init; }

    /// <summary>Dimension little-endian floats, not aligned.</summary>
    public ReadOnlySpan<byte> Vector { get; init; }

    /// <summary>Fails the reader on an unknown bit.</summary>
    public static ItemEntry Read(scoped ref WireReader reader)
    {
        byte idBytes = reader.ReadByte();
        byte bits = reader.ReadByte();
        byte categoryBytes = reader.ReadByte();
        byte brandBytes = reader.ReadByte();
        byte merchantBytes = reader.ReadByte();
        byte tagCount = reader.ReadByte();
        ushort dimension = reader.ReadUInt16();
        if ((bits & ~InStockBit) != 0)
        {
            reader.Fail();
        }

        return new ItemEntry
        {
            InStock = (bits & InStockBit) != 0,
            TagCount = tagCount,
            Dimension = dimension,
            Id = reader.ReadBytes(idBytes),
            Category = reader.ReadBytes(categoryBytes),
            Brand = reader.ReadBytes(brandBytes),
            Merchant = reader.ReadBytes(merchantBytes),
            Tags = ReadTags(ref reader, tagCount),
            Vector = reader.ReadBytes(dimension * sizeof(float)),
        };
    }

    /// <param name="destination">Dimension values.</param>
    public void CopyVector(scoped Span<float> destination)
    {
        var reader = new WireReader(Vector);
        reader.ReadSingles(destination);
    }

    /// <summary>Too long or too many for the format's limits; nothing about the vector.</summary>
    public StatusCode JudgeLengths()
    {
        if (Id.Length is 0 or > ProtocolLimits.IdBytesMax)
        {
            return StatusCode.IdLength;
        }

        bool fits = Category.Length <= ProtocolLimits.AttributeBytesMax
            && Brand.Length <= ProtocolLimits.AttributeBytesMax
            && Merchant.Length <= ProtocolLimits.AttributeBytesMax
            && TagCount <= ProtocolLimits.TagCountMax;
        var tags = new WireReader(Tags);
        for (int index = 0; index < TagCount; index++)
        {
            fits &= tags.ReadBytes(tags.ReadByte()).Length <= ProtocolLimits.AttributeBytesMax;
        }

        return fits ? StatusCode.Ok : StatusCode.AttributeTooLong;
    }

    private static ReadOnlySpan<byte> ReadTags(scoped ref WireReader reader, int tagCount)
    {
        var ahead = reader;
        for (int index = 0; index < tagCount; index++)
        {
            ahead.ReadBytes(ahead.ReadByte());
        }

        if (ahead.Failed)
        {
            reader.Fail();
            return default;
        }

        return reader.ReadBytes(reader.RestBytes - ahead.RestBytes);
    }
}
