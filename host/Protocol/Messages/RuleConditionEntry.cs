namespace Ebb.Protocol.Messages;

/// <summary>Low &lt; feature ≤ High in a PORTRAIT reply, infinite where open. Feature points into the frame.</summary>
public readonly ref struct RuleConditionEntry
{
    public ReadOnlySpan<byte> Feature { get; init; }

    public double Low { get; init; }

    public double High { get; init; }

    /// <summary>The user's.</summary>
    public double Value { get; init; }

    public static RuleConditionEntry Read(scoped ref WireReader reader)
    {
        byte nameBytes = reader.ReadByte();
        return new RuleConditionEntry
        {
            Low = reader.ReadDouble(),
            High = reader.ReadDouble(),
            Value = reader.ReadDouble(),
            Feature = reader.ReadBytes(nameBytes),
        };
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)Feature.Length);
        body.WriteDouble(Low);
        body.WriteDouble(High);
        body.WriteDouble(Value);
        body.WriteBytes(Feature);
    }
}
