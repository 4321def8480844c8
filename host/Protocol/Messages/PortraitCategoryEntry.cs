namespace Ebb.Protocol.Messages;

/// <summary>One category of a PORTRAIT reply. NextChangeMs as of a phase; Name points into the frame.</summary>
public readonly ref struct PortraitCategoryEntry
{
    public EbbPhase Phase { get; init; }

    public double Mass { get; init; }

    public double MassThen { get; init; }

    public long NextChangeMs { get; init; }

    public ReadOnlySpan<byte> Name { get; init; }

    public static PortraitCategoryEntry Read(scoped ref WireReader reader)
    {
        byte phase = reader.ReadByte();
        byte nameBytes = reader.ReadByte();
        return new PortraitCategoryEntry
        {
            Phase = (EbbPhase)phase,
            Mass = reader.ReadDouble(),
            MassThen = reader.ReadDouble(),
            NextChangeMs = reader.ReadInt64(),
            Name = reader.ReadBytes(nameBytes),
        };
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)Phase);
        body.WriteByte((byte)Name.Length);
        body.WriteDouble(Mass);
        body.WriteDouble(MassThen);
        body.WriteInt64(NextChangeMs);
        body.WriteBytes(Name);
    }
}
