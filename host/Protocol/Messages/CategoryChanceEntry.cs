namespace Ebb.Protocol.Messages;

/// <summary>A likely next category in PROFILE. Name points into the frame.</summary>
public readonly ref struct CategoryChanceEntry
{
    public const int BytesMin = 9;

    public double Probability { get; init; }

    public ReadOnlySpan<byte> Name { get; init; }

    public static CategoryChanceEntry Read(scoped ref WireReader reader)
    {
        double probability = reader.ReadDouble();
        byte nameBytes = reader.ReadByte();
        return new CategoryChanceEntry { Probability = probability, Name = reader.ReadBytes(nameBytes) };
    }

    public void Write(FrameBuffer body)
    {
        body.WriteDouble(Probability);
        body.WriteByte((byte)Name.Length);
        body.WriteBytes(Name);
    }
}
