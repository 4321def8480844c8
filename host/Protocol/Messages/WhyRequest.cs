namespace Ebb.Protocol.Messages;

/// <summary>Body of WHY. long.MinValue: the server's clock, and no earlier moment.</summary>
public readonly ref struct WhyRequest
{
    /// <summary>Option: an earlier moment to compare with is given.</summary>
    public const byte SinceBit = 8;

    public ReadOnlySpan<byte> User { get; init; }

    public ReadOnlySpan<byte> Item { get; init; }

    public long NowMs { get; init; }

    public long SinceMs { get; init; }

    /// <returns>Ok, Malformed or IdLength.</returns>
    public static StatusCode TryRead(ReadOnlySpan<byte> body, out WhyRequest request)
    {
        var reader = new WireReader(body);
        byte userBytes = reader.ReadByte();
        byte itemBytes = reader.ReadByte();
        byte options = reader.ReadByte();
        reader.ReadByte();
        long nowMs = (options & QueryReader.HasNowBit) != 0 ? reader.ReadInt64() : long.MinValue;
        long sinceMs = (options & SinceBit) != 0 ? reader.ReadInt64() : long.MinValue;
        request = new WhyRequest
        {
            User = reader.ReadBytes(userBytes),
            Item = reader.ReadBytes(itemBytes),
            NowMs = nowMs,
            SinceMs = sinceMs,
        };
        if (!reader.IsComplete || (options & ~(QueryReader.HasNowBit | SinceBit)) != 0)
        {
            return StatusCode.Malformed;
        }

        return userBytes is 0 or > ProtocolLimits.IdBytesMax || itemBytes is 0 or > ProtocolLimits.IdBytesMax
            ? StatusCode.IdLength
            : StatusCode.Ok;
    }

    public void Write(FrameBuffer body)
    {
        int options = (NowMs != long.MinValue ? QueryReader.HasNowBit : 0) | (SinceMs != long.MinValue ? SinceBit : 0);
        body.WriteByte((byte)User.Length);
        body.WriteByte((byte)Item.Length);
        body.WriteByte((byte)options);
        body.WriteByte(0);
        if (NowMs != long.MinValue)
        {
            body.WriteInt64(NowMs);
        }

        if (SinceMs != long.MinValue)
        {
            body.WriteInt64(SinceMs);
        }

        body.WriteBytes(User);
        body.WriteBytes(Item);
    }
}
