namespace Ebb.Protocol.Messages;

/// <summary>Body of AUDIENCE.</summary>
public readonly ref struct AudienceRequest
{
    public const int CountMax = 1000;

    private const byte ExcludeSeenBit = 1;
    private const byte HasNowBit = 4;

    public ReadOnlySpan<byte> Item { get; init; }

    public ushort Count { get; init; }

    public bool ExcludeSeen { get; init; }

    /// <summary>long.MinValue: the server's clock.</summary>
    public long NowMs { get; init; }

    /// <returns>Ok, Malformed, IdLength or KOutOfRange.</returns>
    public static StatusCode TryRead(ReadOnlySpan<byte> body, out AudienceRequest request)
    {
        var reader = new WireReader(body);
        byte itemBytes = reader.ReadByte();
        byte options = reader.ReadByte();
        ushort count = reader.ReadUInt16();
        long nowMs = (options & HasNowBit) != 0 ? reader.ReadInt64() : long.MinValue;
        request = new AudienceRequest
        {
            Item = reader.ReadBytes(itemBytes),
            Count = count,
            ExcludeSeen = (options & ExcludeSeenBit) != 0,
            NowMs = nowMs,
        };
        if (!reader.IsComplete || (options & ~(ExcludeSeenBit | HasNowBit)) != 0)
        {
            return StatusCode.Malformed;
        }

        if (itemBytes is 0 or > ProtocolLimits.IdBytesMax)
        {
            return StatusCode.IdLength;
        }

        return count is 0 or > CountMax ? StatusCode.KOutOfRange : StatusCode.Ok;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)Item.Length);
        body.WriteByte((byte)((ExcludeSeen ? ExcludeSeenBit : 0) | (NowMs != long.MinValue ? HasNowBit : 0)));
        body.WriteUInt16(Count);
        if (NowMs != long.MinValue)
        {
            body.WriteInt64(NowMs);
        }

        body.WriteBytes(Item);
    }
}
