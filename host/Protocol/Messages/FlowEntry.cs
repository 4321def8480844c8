namespace Ebb.Protocol.Messages;

/// <summary>From a category to another, in FLOWS. Names point into the frame.</summary>
public readonly ref struct FlowEntry
{
    public ReadOnlySpan<byte> From { get; init; }

    public ReadOnlySpan<byte> To { get; init; }

    public double Count { get; init; }

    public double Back { get; init; }

    public static FlowEntry Read(scoped ref WireReader reader)
    {
        byte fromBytes = reader.ReadByte();
        byte toBytes = reader.ReadByte();
        return new FlowEntry
        {
            Count = reader.ReadDouble(),
            Back = reader.ReadDouble(),
            From = reader.ReadBytes(fromBytes),
            To = reader.ReadBytes(toBytes),
        };
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)From.Length);
        body.WriteByte((byte)To.Length);
        body.WriteDouble(Count);
        body.WriteDouble(Back);
        body.WriteBytes(From);
        body.WriteBytes(To);
    }
}
