using System.Buffers.Binary;

namespace Ebb.Protocol.Messages;

/// <summary>
/// Writes the query of RECOMMEND and ACT: the fixed part and the user here, then filter values one by one.
/// </summary>
public readonly ref struct QueryWriter
{
    private readonly FrameBuffer _body;
    private readonly int _countsOffset;

    public QueryWriter(FrameBuffer body, ReadOnlySpan<byte> user, in QueryHead head)
    {
        _body = body;
        int more = (head.KindCount == 0 ? 0 : QueryReader.KindsBit) | (head.Sources ? QueryReader.SourcesBit : 0);
        int options = (head.ExcludeSeen ? QueryReader.ExcludeSeenBit : 0)
            | (head.Explain ? QueryReader.ExplainBit : 0)
            | (head.NowMs != long.MinValue ? QueryReader.HasNowBit : 0)
            | (head.IncludeOutOfStock ? QueryReader.OutOfStockBit : 0)
            | (head.Probabilities ? QueryReader.ProbabilitiesBit : 0)
            | (head.Price is not null ? QueryReader.PriceBit : 0)
            | (head.Segment.IsEmpty ? 0 : QueryReader.SegmentBit)
            | (more == 0 ? 0 : QueryReader.MoreBit);
        var start = body.Append(8);
        start[0] = (byte)user.Length;
        start[1] = (byte)options;
        BinaryPrimitives.WriteUInt16LittleEndian(start[2..], head.Count);
        BinaryPrimitives.WriteUInt16LittleEndian(start[4..], head.Surface);
        start[6] = 0;
        start[7] = 0;
        _countsOffset = body.Length - 2;
        if (more != 0)
        {
            body.WriteByte((byte)more);
        }

        if (head.NowMs != long.MinValue)
        {
            body.WriteInt64(head.NowMs);
        }

        if (head.Price is { } price)
        {
            body.WriteSingle(price.Min);
            body.WriteSingle(price.Max);
        }

        if (!head.Segment.IsEmpty)
        {
            body.WriteByte((byte)head.Segment.Length);
            body.WriteBytes(head.Segment.Span);
        }

        if (head.KindCount > 0)
        {
            body.WriteByte((byte)head.KindCount);
            body.WriteBytes(head.Kinds.Span);
        }

        body.WriteBytes(user);
    }

    /// <summary>All allowed values before the first denied one; at most 255 of each, of at most 255 bytes.</summary>
    public void Allow(EbbAttributeKind kind, ReadOnlySpan<byte> value) => Add(kind, value, 0);

    public void Deny(EbbAttributeKind kind, ReadOnlySpan<byte> value) => Add(kind, value, 1);

    private void Add(EbbAttributeKind kind, ReadOnlySpan<byte> value, int countIndex)
    {
        _body.Patch(_countsOffset, 2)[countIndex]++;
        _body.WriteByte((byte)kind);
        _body.WriteByte((byte)value.Length);
        _body.WriteBytes(value);
    }
}
