namespace Ebb.Protocol.Messages;

/// <summary>What stands before the list in a reply of SIMILAR.</summary>
public readonly record struct SimilarReply(bool Learned, int UnknownCount)
{
    /// <param name="reader">At the body's start; afterwards at the list.</param>
    public static SimilarReply Read(ref WireReader reader)
    {
        byte bits = reader.ReadByte();
        byte unknownCount = reader.ReadByte();
        reader.ReadBytes(6);
        return new SimilarReply((bits & 1) != 0, unknownCount);
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)(Learned ? 1 : 0));
        body.WriteByte((byte)UnknownCount);
        body.Append(6).Clear();
    }
}
