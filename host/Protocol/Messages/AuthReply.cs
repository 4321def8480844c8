namespace Ebb.Protocol.Messages;

/// <summary>Body of an AUTH reply, 8 bytes: what the connection may do from here on.</summary>
public readonly record struct AuthReply(EbbRole Role)
{
    private const int ReservedBytes = 7;

    public static StatusCode TryRead(ReadOnlySpan<byte> body, out AuthReply reply)
    {
        var reader = new WireReader(body);
        reply = new AuthReply((EbbRole)reader.ReadByte());
        reader.ReadBytes(ReservedBytes);
        return reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)Role);
        for (int index = 0; index < ReservedBytes; index++)
        {
            body.WriteByte(0);
        }
    }
}
