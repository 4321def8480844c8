using System.Buffers.Binary;

namespace Ebb.Protocol.Messages;

/// <summary>Writes the reply to RANK: generation, count, then 12 bytes a candidate in the order asked.</summary>
public readonly ref struct RankReplyWriter
{
    internal const int EntryBytes = 12;

    private readonly FrameBuffer _body;

    public RankReplyWriter(FrameBuffer body, ulong generation, int count)
    {
        _body = body;
        body.WriteUInt64(generation);
        body.WriteUInt32((uint)count);
        body.WriteUInt32(0);
    }

    public void Add(StatusCode status, float score, float interest)
    {
        var entry = _body.Append(EntryBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(entry, (ushort)status);
        BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], 0);
        BinaryPrimitives.WriteSingleLittleEndian(entry[4..], score);
        BinaryPrimitives.WriteSingleLittleEndian(entry[8..], interest);
    }
}
