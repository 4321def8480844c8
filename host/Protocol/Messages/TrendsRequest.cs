namespace Ebb.Protocol.Messages;

/// <summary>Body of TRENDS. NowMs long.MinValue: the server's clock; an empty item: all of them.</summary>
public readonly ref struct TrendsRequest
{
    private const byte OrderMax = 2;

    public int CountMax { get; init; }

    /// <summary>0 by forecast, 1 the steepest rise first, 2 the steepest fall.</summary>
    public byte Order { get; init; }

    public long NowMs { get; init; }

    public ReadOnlySpan<byte> Item { get; init; }

    /// <returns>Ok, Malformed, TooManyEntries or IdLength.</returns>
    public static StatusCode TryRead(ReadOnlySpan<byte> body, out TrendsRequest request)
    {
        var reader = new WireReader(body);
        ushort countMax = reader.ReadUInt16();
        byte options = reader.ReadByte();
        byte order = reader.ReadByte();
        byte itemBytes = reader.ReadByte();
        long nowMs = (options & QueryReader.HasNowBit) != 0 ? reader.ReadInt64() : long.MinValue;
        request = new TrendsRequest
        {
            CountMax = countMax,
            Order = order,
            NowMs = nowMs,
            Item = reader.ReadBytes(itemBytes),
        };
        if (!reader.IsComplete || (options & ~QueryReader.HasNowBit) != 0 || order > OrderMax)
        {
            return StatusCode.Malformed;
        }

        if (itemBytes > ProtocolLimits.IdBytesMax)
        {
            return StatusCode.IdLength;
        }

        return countMax > PopulationRequest.RowCountMax ? StatusCode.TooManyEntries : StatusCode.Ok;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteUInt16((ushort)CountMax);
        body.WriteByte(NowMs != long.MinValue ? QueryReader.HasNowBit : (byte)0);
        body.WriteByte(Order);
        body.WriteByte((byte)Item.Length);
        if (NowMs != long.MinValue)
        {
            body.WriteInt64(NowMs);
        }

        body.WriteBytes(Item);
    }
}
