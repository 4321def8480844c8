namespace Ebb.Protocol.Messages;

/// <summary>A user of an AUDIENCE reply.</summary>
public readonly ref struct AudienceMemberEntry
{
    public const int BytesMin = 24;

    public ReadOnlySpan<byte> User { get; init; }

    public bool HasSeen { get; init; }

    /// <summary>NaN: the user's policy has no calibration.</summary>
    public float Appeal { get; init; }

    public double Score { get; init; }

    public long LastEventMs { get; init; }

    internal static AudienceMemberEntry Read(scoped ref WireReader reader)
    {
        byte userBytes = reader.ReadByte();
        byte bits = reader.ReadByte();
        reader.ReadUInt16();
        return new AudienceMemberEntry
        {
            HasSeen = (bits & 1) != 0,
            Appeal = reader.ReadSingle(),
            Score = reader.ReadDouble(),
            LastEventMs = reader.ReadInt64(),
            User = reader.ReadBytes(userBytes),
        };
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)User.Length);
        body.WriteByte(HasSeen ? (byte)1 : (byte)0);
        body.WriteUInt16(0);
        body.WriteSingle(Appeal);
        body.WriteDouble(Score);
        body.WriteInt64(LastEventMs);
        body.WriteBytes(User);
    }
}
