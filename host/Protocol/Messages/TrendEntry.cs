namespace Ebb.Protocol.Messages;

/// <summary>An item's or a category's demand in TRENDS. Name points into the frame.</summary>
public readonly ref struct TrendEntry
{
    public ReadOnlySpan<byte> Name { get; init; }

    /// <summary>0 steady, 1 rising, 2 falling.</summary>
    public byte Direction { get; init; }

    public double PerDay { get; init; }

    public double PerDayError { get; init; }

    public double SlopePerWeek { get; init; }

    public double RelativeSlope { get; init; }

    public double NextWeek { get; init; }

    public static TrendEntry Read(scoped ref WireReader reader)
    {
        byte nameBytes = reader.ReadByte();
        byte direction = reader.ReadByte();
        return new TrendEntry
        {
            Direction = direction,
            PerDay = reader.ReadDouble(),
            PerDayError = reader.ReadDouble(),
            SlopePerWeek = reader.ReadDouble(),
            RelativeSlope = reader.ReadDouble(),
            NextWeek = reader.ReadDouble(),
            Name = reader.ReadBytes(nameBytes),
        };
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)Name.Length);
        body.WriteByte(Direction);
        body.WriteDouble(PerDay);
        body.WriteDouble(PerDayError);
        body.WriteDouble(SlopePerWeek);
        body.WriteDouble(RelativeSlope);
        body.WriteDouble(NextWeek);
        body.WriteBytes(Name);
    }
}
