namespace Ebb.Protocol.Messages;

/// <summary>Body of the reply to MERGE: u8 known, u64 events brought.</summary>
public readonly record struct MergeReply(bool Known, ulong EventCount)
{
    /// <returns>Ok or Malformed.</returns>
    public static StatusCode TryRead(ReadOnlySpan<byte> body, out MergeReply reply)
    {
        var reader = new WireReader(body);
        bool known = reader.ReadByte() != 0;
        reply = new MergeReply(known, reader.ReadUInt64());
        return reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte(Known ? (byte)1 : (byte)0);
        body.WriteUInt64(EventCount);
    }
}
