using System.Buffers.Binary;

namespace Ebb.Protocol.Messages;

/// <summary>Writes a recommended list: the head, then each item, each followed by its own terms.</summary>
public readonly ref struct ListWriter
{
    private readonly FrameBuffer _body;

    public ListWriter(FrameBuffer body, in ListHead head, int itemCount)
    {
        _body = body;
        var start = body.Append(ListHead.Bytes);
        start[0] = (byte)head.Decision;
        int bits = (head.Exact ? 1 : 0) | (head.HasProbabilities ? 2 : 0) | ((byte)head.Encoding << 2);
        int more = (head.ScanLeftOut ? 32 : 0) | (head.HasKinds ? 64 : 0) | (head.HasSources ? 128 : 0);
        start[1] = (byte)(bits | more);
        BinaryPrimitives.WriteUInt16LittleEndian(start[2..], (ushort)itemCount);
        BinaryPrimitives.WriteUInt32LittleEndian(start[4..], 0);
        BinaryPrimitives.WriteDoubleLittleEndian(start[8..], head.Drift);
        BinaryPrimitives.WriteDoubleLittleEndian(start[16..], head.Log2Scale);
        BinaryPrimitives.WriteUInt64LittleEndian(start[24..], head.Generation);
    }

    public void Item(ReadOnlySpan<byte> id, float score, float olderTerms, int termCount)
    {
        var start = _body.Append(12 + id.Length);
        start[0] = (byte)id.Length;
        start[1] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(start[2..], (ushort)termCount);
        BinaryPrimitives.WriteSingleLittleEndian(start[4..], score);
        BinaryPrimitives.WriteSingleLittleEndian(start[8..], olderTerms);
        id.CopyTo(start[12..]);
    }

    /// <summary>After the last item, once each, where the head says so.</summary>
    public void Probability(float probability) =>
        _body.WriteUInt32(BitConverter.SingleToUInt32Bits(probability));

    /// <summary>After all items and probabilities, where the head says so: how many kinds follow.</summary>
    public void KindCount(int count) => _body.WriteByte((byte)count);

    /// <summary>One kind: how many nodes follow.</summary>
    public void Kind(int nodeCount) => _body.WriteUInt16((ushort)nodeCount);

    public void Node(ReadOnlySpan<byte> id, float score)
    {
        _body.WriteByte((byte)id.Length);
        _body.WriteSingle(score);
        _body.WriteBytes(id);
    }

    /// <summary>After the kinds, where the head says so: how many names of sources follow.</summary>
    public void SourceNames(int count) => _body.WriteByte((byte)count);

    public void SourceName(byte kind, ReadOnlySpan<byte> name)
    {
        _body.WriteByte(kind);
        _body.WriteByte((byte)name.Length);
        _body.WriteBytes(name);
    }

    /// <summary>After the names, for each item of the list: how many of its sources follow.</summary>
    public void ItemSources(int count) => _body.WriteByte((byte)count);

    public void Source(byte kind, float amount)
    {
        _body.WriteByte(kind);
        _body.WriteUInt32(BitConverter.SingleToUInt32Bits(amount));
    }

    public void Term(ReadOnlySpan<byte> item, byte eventType, long timeMs, float amount) =>
        PastEventEntry.Write(_body, item, eventType, timeMs, amount);
}
