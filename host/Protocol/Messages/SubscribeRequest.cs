namespace Ebb.Protocol.Messages;

/// <summary>Body of SUBSCRIBE.</summary>
public readonly ref struct SubscribeRequest
{
    /// <summary>Option: end the subscription.</summary>
    public const byte EndBit = 1;

    public ReadOnlySpan<byte> User { get; init; }

    public bool Ends { get; init; }

    /// <returns>Ok, Malformed or IdLength.</returns>
    public static StatusCode TryRead(ReadOnlySpan<byte> body, out SubscribeRequest request)
    {
        var reader = new WireReader(body);
        byte userBytes = reader.ReadByte();
        byte options = reader.ReadByte();
        request = new SubscribeRequest { User = reader.ReadBytes(userBytes), Ends = (options & EndBit) != 0 };
        if (!reader.IsComplete || (options & ~EndBit) != 0)
        {
            return StatusCode.Malformed;
        }

        return userBytes is 0 or > ProtocolLimits.IdBytesMax ? StatusCode.IdLength : StatusCode.Ok;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)User.Length);
        body.WriteByte(Ends ? EndBit : (byte)0);
        body.WriteBytes(User);
    }
}
