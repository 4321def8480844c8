namespace Ebb.Protocol.Messages;

/// <summary>Writes the body of RANK.</summary>
public readonly ref struct RankWriter
{
    private readonly FrameBuffer _body;

    /// <param name="body">Of the frame.</param>
    /// <param name="user">1 to 64 bytes.</param>
    /// <param name="candidateCount">How many times Add will be called.</param>
    /// <param name="nowMs">long.MinValue: the server's clock.</param>
    public RankWriter(FrameBuffer body, ReadOnlySpan<byte> user, int candidateCount, long nowMs = long.MinValue)
    {
        _body = body;
        body.WriteByte((byte)user.Length);
        body.WriteByte(nowMs != long.MinValue ? QueryReader.HasNowBit : (byte)0);
        body.WriteUInt16(0);
        body.WriteUInt32((uint)candidateCount);
        if (nowMs != long.MinValue)
        {
            body.WriteInt64(nowMs);
        }

        body.WriteBytes(user);
    }

    /// <param name="item">At most 255 bytes.</param>
    /// <param name="relevance">Null: none given.</param>
    public void Add(ReadOnlySpan<byte> item, float? relevance)
    {
        _body.WriteByte((byte)item.Length);
        _body.WriteByte(relevance.HasValue ? RankReader.HasRelevanceBit : (byte)0);
        if (relevance.HasValue)
        {
            _body.WriteSingle(relevance.Value);
        }

        _body.WriteBytes(item);
    }
}
