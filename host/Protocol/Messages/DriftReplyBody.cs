namespace Ebb.Protocol.Messages;

/// <summary>The reply to DRIFT, which is of one length. NaN: there is none.</summary>
public readonly record struct DriftReplyBody
{
    private const byte KnownBit = 1;
    private const byte HasListBit = 2;
    private const byte AlarmedBit = 4;
    private const byte PopulationBit = 8;
    private const byte ProjectedBit = 16;
    private const byte RawBit = 32;
    private const byte TasteBit = 64;
    private const byte TastesBit = 128;

    public bool Known { get; init; }

    public bool HasList { get; init; }

    public bool IsAlarmed { get; init; }

    public bool IsPopulationAlarmed { get; init; }

    public bool IsProjected { get; init; }

    public bool IsRaw { get; init; }

    public EbbDriftDistance Distance { get; init; }

    public double Drift { get; init; }

    public double Cosine { get; init; }

    public double Euclidean { get; init; }

    public double Attention { get; init; }

    public double AttentionSquared { get; init; }

    public double KeepBelow { get; init; }

    public double ShiftFrom { get; init; }

    public double AlarmFrom { get; init; }

    public double PopulationShare { get; init; }

    public double Statistic { get; init; }

    public double Threshold { get; init; }

    public ulong AlarmCount { get; init; }

    public ulong Generation { get; init; }

    public bool IsTasteAlarmed { get; init; }

    public bool ArePopulationTastesAlarmed { get; init; }

    public double Taste { get; init; }

    public double TasteAlarmFrom { get; init; }

    public double TasteStatistic { get; init; }

    public double TasteThreshold { get; init; }

    public ulong TasteAlarmCount { get; init; }

    public static StatusCode TryRead(ReadOnlySpan<byte> body, out DriftReplyBody reply)
    {
        var reader = new WireReader(body);
        byte bits = reader.ReadByte();
        byte distance = reader.ReadByte();
        reader.ReadUInt16();
        reader.ReadUInt32();
        reply = new DriftReplyBody
        {
            Known = (bits & KnownBit) != 0,
            HasList = (bits & HasListBit) != 0,
            IsAlarmed = (bits & AlarmedBit) != 0,
            IsPopulationAlarmed = (bits & PopulationBit) != 0,
            IsProjected = (bits & ProjectedBit) != 0,
            IsRaw = (bits & RawBit) != 0,
            IsTasteAlarmed = (bits & TasteBit) != 0,
            ArePopulationTastesAlarmed = (bits & TastesBit) != 0,
            Distance = (EbbDriftDistance)distance,
            Drift = reader.ReadDouble(),
            Cosine = reader.ReadDouble(),
            Euclidean = reader.ReadDouble(),
            Attention = reader.ReadDouble(),
            AttentionSquared = reader.ReadDouble(),
            KeepBelow = reader.ReadDouble(),
            ShiftFrom = reader.ReadDouble(),
            AlarmFrom = reader.ReadDouble(),
            PopulationShare = reader.ReadDouble(),
            Statistic = reader.ReadDouble(),
            Threshold = reader.ReadDouble(),
            AlarmCount = reader.ReadUInt64(),
            Generation = reader.ReadUInt64(),
            Taste = reader.ReadDouble(),
            TasteAlarmFrom = reader.ReadDouble(),
            TasteStatistic = reader.ReadDouble(),
            TasteThreshold = reader.ReadDouble(),
            TasteAlarmCount = reader.ReadUInt64(),
        };
        return reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
    }

    public void Write(FrameBuffer body)
    {
        int bits = (Known ? KnownBit : 0) | (HasList ? HasListBit : 0) | (IsAlarmed ? AlarmedBit : 0)
            | (IsPopulationAlarmed ? PopulationBit : 0) | (IsProjected ? ProjectedBit : 0) | (IsRaw ? RawBit : 0)
            | (IsTasteAlarmed ? TasteBit : 0) | (ArePopulationTastesAlarmed ? TastesBit : 0);
        body.WriteByte((byte)bits);
        body.WriteByte((byte)Distance);
        body.WriteUInt16(0);
        body.WriteUInt32(0);
        body.WriteDouble(Drift);
        body.WriteDouble(Cosine);
        body.WriteDouble(Euclidean);
        body.WriteDouble(Attention);
        body.WriteDouble(AttentionSquared);
        body.WriteDouble(KeepBelow);
        body.WriteDouble(ShiftFrom);
        body.WriteDouble(AlarmFrom);
        body.WriteDouble(PopulationShare);
        body.WriteDouble(Statistic);
        body.WriteDouble(Threshold);
        body.WriteUInt64(AlarmCount);
        body.WriteUInt64(Generation);
        body.WriteDouble(Taste);
        body.WriteDouble(TasteAlarmFrom);
        body.WriteDouble(TasteStatistic);
        body.WriteDouble(TasteThreshold);
        body.WriteUInt64(TasteAlarmCount);
    }
}
