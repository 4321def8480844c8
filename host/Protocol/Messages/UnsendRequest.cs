namespace Ebb.Protocol.Messages;

/// <summary>Body of UNSEND.</summary>
public readonly ref struct UnsendRequest
{
    public ReadOnlySpan<byte> User { get; init; }

    public ulong EventId { get; init; }

    /// <returns>Ok, Malformed or IdLength.</returns>
    public static StatusCode TryRead(ReadOnlySpan<byte> body, out UnsendRequest request)
    {
        var reader = new WireReader(body);
        byte userBytes = reader.ReadByte();
        byte options = reader.ReadByte();
        ulong eventId = reader.ReadUInt64();
        request = new UnsendRequest { User = reader.ReadBytes(userBytes), EventId = eventId };
        if (!reader.IsComplete || options != 0)
        {
            return StatusCode.Malformed;
        }

        return userBytes is 0 or > ProtocolLimits.IdBytesMax ? StatusCode.IdLength : StatusCode.Ok;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)User.Length);
        body.WriteByte(0);
        body.WriteUInt64(EventId);
        body.WriteBytes(User);
    }
}
