namespace Ebb.Protocol.Messages;

/// <summary>Body of an UNSEND reply, 16 bytes: how, and the time of the event that went.</summary>
public readonly record struct UnsendReply(EbbUnsendMethod Method, long TimeMs)
{
    private const int ReservedBytes = 7;

    public static StatusCode TryRead(ReadOnlySpan<byte> body, out UnsendReply reply)
    {
        var reader = new WireReader(body);
        var method = (EbbUnsendMethod)reader.ReadByte();
        reader.ReadBytes(ReservedBytes);
        reply = new UnsendReply(method, reader.ReadInt64());
        return reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)Method);
        for (int index = 0; index < ReservedBytes; index++)
        {
            body.WriteByte(0);
        }

        body.WriteInt64(TimeMs);
    }
}
