namespace Ebb.Protocol.Messages;

/// <summary>What a category won and lost, in FLOWS. Name points into the frame.</summary>
public readonly ref struct FlowBalanceEntry
{
    public ReadOnlySpan<byte> Name { get; init; }

    public double In { get; init; }

    public double Out { get; init; }

    public double Stayed { get; init; }

    public double Began { get; init; }

    public static FlowBalanceEntry Read(scoped ref WireReader reader)
    {
        byte nameBytes = reader.ReadByte();
        return new FlowBalanceEntry
        {
            In = reader.ReadDouble(),
            Out = reader.ReadDouble(),
            Stayed = reader.ReadDouble(),
            Began = reader.ReadDouble(),
            Name = reader.ReadBytes(nameBytes),
        };
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)Name.Length);
        body.WriteDouble(In);
        body.WriteDouble(Out);
        body.WriteDouble(Stayed);
        body.WriteDouble(Began);
        body.WriteBytes(Name);
    }
}
