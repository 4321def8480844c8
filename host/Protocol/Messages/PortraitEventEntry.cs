namespace Ebb.Protocol.Messages;

/// <summary>One event of a PORTRAIT reply and its share of the interest. Item points into the frame.</summary>
public readonly ref struct PortraitEventEntry
{
    public ReadOnlySpan<byte> Item { get; init; }

    public byte EventType { get; init; }

    public long TimeMs { get; init; }

    public float Weight { get; init; }

    public double Share { get; init; }

    public static PortraitEventEntry Read(scoped ref WireReader reader)
    {
        byte itemBytes = reader.ReadByte();
        return new PortraitEventEntry
        {
            EventType = reader.ReadByte(),
            TimeMs = reader.ReadInt64(),
            Weight = reader.ReadSingle(),
            Share = reader.ReadDouble(),
            Item = reader.ReadBytes(itemBytes),
        };
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)Item.Length);
        body.WriteByte(EventType);
        body.WriteInt64(TimeMs);
        body.WriteSingle(Weight);
        body.WriteDouble(Share);
        body.WriteBytes(Item);
    }
}
