namespace Ebb.Protocol.Messages;

/// <summary>The fixed fields of a PORTRAIT reply; categories, events, next categories, forecast follow.</summary>
public readonly record struct PortraitHead
{
    private const byte KnownBit = 1;
    private const byte CompleteBit = 2;
    private const byte ForecastBit = 4;

    public bool Known { get; init; }

    public bool IsComplete { get; init; }

    /// <summary>A change tree is served: its forecast and ConditionCount conditions end the body.</summary>
    public bool HasForecast { get; init; }

    public byte CategoryCount { get; init; }

    public byte EventCount { get; init; }

    public byte NextCount { get; init; }

    public byte ConditionCount { get; init; }

    public long AtMs { get; init; }

    public long SinceMs { get; init; }

    public long LastEventMs { get; init; }

    public ulong FoldedCount { get; init; }

    public double Mass { get; init; }

    public double MassThen { get; init; }

    public double OlderShare { get; init; }

    public ulong Generation { get; init; }

    public static PortraitHead Read(scoped ref WireReader reader)
    {
        byte bits = reader.ReadByte();
        var head = new PortraitHead
        {
            Known = (bits & KnownBit) != 0,
            IsComplete = (bits & CompleteBit) != 0,
            HasForecast = (bits & ForecastBit) != 0,
            CategoryCount = reader.ReadByte(),
            EventCount = reader.ReadByte(),
            NextCount = reader.ReadByte(),
            ConditionCount = reader.ReadByte(),
        };
        reader.ReadBytes(3);
        return head with
        {
            AtMs = reader.ReadInt64(),
            SinceMs = reader.ReadInt64(),
            LastEventMs = reader.ReadInt64(),
            FoldedCount = reader.ReadUInt64(),
            Mass = reader.ReadDouble(),
            MassThen = reader.ReadDouble(),
            OlderShare = reader.ReadDouble(),
            Generation = reader.ReadUInt64(),
        };
    }

    public void Write(FrameBuffer body)
    {
        int bits = (Known ? KnownBit : 0) | (IsComplete ? CompleteBit : 0) | (HasForecast ? ForecastBit : 0);
        body.WriteByte((byte)bits);
        body.WriteByte(CategoryCount);
        body.WriteByte(EventCount);
        body.WriteByte(NextCount);
        body.WriteByte(ConditionCount);
        body.WriteByte(0);
        body.WriteUInt16(0);
        body.WriteInt64(AtMs);
        body.WriteInt64(SinceMs);
        body.WriteInt64(LastEventMs);
        body.WriteUInt64(FoldedCount);
        body.WriteDouble(Mass);
        body.WriteDouble(MassThen);
        body.WriteDouble(OlderShare);
        body.WriteUInt64(Generation);
    }
}
