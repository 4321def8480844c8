namespace Ebb.Protocol.Messages;

/// <summary>A source of a WHY reply. Then is NaN where no earlier moment was asked for.</summary>
public readonly ref struct WhySourceEntry
{
    public const int BytesMin = 18;

    public byte Kind { get; init; }

    public double Amount { get; init; }

    public double Then { get; init; }

    /// <summary>Such as "vector" or "repeats".</summary>
    public ReadOnlySpan<byte> Name { get; init; }

    internal static WhySourceEntry Read(scoped ref WireReader reader)
    {
        byte kind = reader.ReadByte();
        byte nameBytes = reader.ReadByte();
        return new WhySourceEntry
        {
            Kind = kind,
            Amount = reader.ReadDouble(),
            Then = reader.ReadDouble(),
            Name = reader.ReadBytes(nameBytes),
        };
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte(Kind);
        body.WriteByte((byte)Name.Length);
        body.WriteDouble(Amount);
        body.WriteDouble(Then);
        body.WriteBytes(Name);
    }
}

/// <summary>A past event of a WHY reply: what it adds to the vector source now, and what it added then.</summary>
public readonly ref struct WhyEventEntry
{
    public const int BytesMin = 30;

    public ReadOnlySpan<byte> Item { get; init; }

    public byte EventType { get; init; }

    public long TimeMs { get; init; }

    public float Weight { get; init; }

    public double Amount { get; init; }

    public double Then { get; init; }

    internal static WhyEventEntry Read(scoped ref WireReader reader)
    {
        byte itemBytes = reader.ReadByte();
        byte eventType = reader.ReadByte();
        return new WhyEventEntry
        {
            EventType = eventType,
            TimeMs = reader.ReadInt64(),
            Weight = reader.ReadSingle(),
            Amount = reader.ReadDouble(),
            Then = reader.ReadDouble(),
            Item = reader.ReadBytes(itemBytes),
        };
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)Item.Length);
        body.WriteByte(EventType);
        body.WriteInt64(TimeMs);
        body.WriteUInt32(BitConverter.SingleToUInt32Bits(Weight));
        body.WriteDouble(Amount);
        body.WriteDouble(Then);
        body.WriteBytes(Item);
    }
}
