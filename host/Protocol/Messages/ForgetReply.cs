namespace Ebb.Protocol.Messages;

/// <summary>Body of a FORGET reply, 16 bytes. ErasedByMs long.MaxValue: the files are never erased.</summary>
public readonly record struct ForgetReply(bool Known, long ErasedByMs)
{
    private const int ReservedBytes = 7;

    public static StatusCode TryRead(ReadOnlySpan<byte> body, out ForgetReply reply)
    {
        var reader = new WireReader(body);
        bool known = reader.ReadByte() != 0;
        reader.ReadBytes(ReservedBytes);
        reply = new ForgetReply(known, reader.ReadInt64());
        return reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte(Known ? (byte)1 : (byte)0);
        for (int index = 0; index < ReservedBytes; index++)
        {
            body.WriteByte(0);
        }

        body.WriteInt64(ErasedByMs);
    }
}
