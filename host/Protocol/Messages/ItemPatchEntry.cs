namespace Ebb.Protocol.Messages;

/// <summary>One entry of ITEM_PATCH: the fields that are given, the rest stays as it is.</summary>
public readonly ref struct ItemPatchEntry
{
    public const int BytesMin = 4;

    private const byte StockBit = 1;
    private const byte InStockBit = 2;
    private const byte FromBit = 4;
    private const byte UntilBit = 8;
    private const byte PriceBit = 16;
    private const byte NoPriceBit = 32;
    private const byte KnownBits = StockBit | InStockBit | FromBit | UntilBit | PriceBit | NoPriceBit;

    public ReadOnlySpan<byte> Id { get; init; }

    public bool? InStock { get; init; }

    /// <summary>ms; 0: no such moment.</summary>
    public long? FromMs { get; init; }

    /// <summary>ms; 0: no such moment.</summary>
    public long? UntilMs { get; init; }

    public float? Price { get; init; }

    /// <summary>The item has no price any more.</summary>
    public bool RemovesPrice { get; init; }

    /// <summary>Fails the reader on an unknown bit.</summary>
    public static ItemPatchEntry Read(scoped ref WireReader reader)
    {
        byte idBytes = reader.ReadByte();
        byte fields = reader.ReadByte();
        reader.ReadUInt16();
        if ((fields & ~KnownBits) != 0)
        {
            reader.Fail();
        }

        return new ItemPatchEntry
        {
            InStock = (fields & StockBit) != 0 ? (fields & InStockBit) != 0 : null,
            FromMs = (fields & FromBit) != 0 ? reader.ReadInt64() : null,
            UntilMs = (fields & UntilBit) != 0 ? reader.ReadInt64() : null,
            Price = (fields & PriceBit) != 0 ? reader.ReadSingle() : null,
            RemovesPrice = (fields & NoPriceBit) != 0,
            Id = reader.ReadBytes(idBytes),
        };
    }

    public void Write(FrameBuffer body)
    {
        int fields = (InStock is null ? 0 : StockBit) | (InStock == true ? InStockBit : 0)
            | (FromMs is null ? 0 : FromBit) | (UntilMs is null ? 0 : UntilBit) | (Price is null ? 0 : PriceBit)
            | (RemovesPrice ? NoPriceBit : 0);
        body.WriteByte((byte)Id.Length);
        body.WriteByte((byte)fields);
        body.WriteUInt16(0);
        if (FromMs is { } fromMs)
        {
            body.WriteInt64(fromMs);
        }

        if (UntilMs is { } untilMs)
        {
            body.WriteInt64(untilMs);
        }

        if (Price is { } price)
        {
            body.WriteSingle(price);
        }

        body.WriteBytes(Id);
    }
}
