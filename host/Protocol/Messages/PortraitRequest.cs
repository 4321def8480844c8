namespace Ebb.Protocol.Messages;

/// <summary>Body of PORTRAIT. long.MinValue: the server's clock, and a week before the moment.</summary>
public readonly ref struct PortraitRequest
{
    public ReadOnlySpan<byte> User { get; init; }

    public long NowMs { get; init; }

    public long SinceMs { get; init; }

    /// <returns>Ok, Malformed or IdLength.</returns>
    public static StatusCode TryRead(ReadOnlySpan<byte> body, out PortraitRequest request)
    {
        var reader = new WireReader(body);
        byte userBytes = reader.ReadByte();
        byte options = reader.ReadByte();
        long nowMs = (options & QueryReader.HasNowBit) != 0 ? reader.ReadInt64() : long.MinValue;
        long sinceMs = (options & WhyRequest.SinceBit) != 0 ? reader.ReadInt64() : long.MinValue;
        request = new PortraitRequest { User = reader.ReadBytes(userBytes), NowMs = nowMs, SinceMs = sinceMs };
        if (!reader.IsComplete || (options & ~(QueryReader.HasNowBit | WhyRequest.SinceBit)) != 0)
        {
            return StatusCode.Malformed;
        }

        return userBytes is 0 or > ProtocolLimits.IdBytesMax ? StatusCode.IdLength : StatusCode.Ok;
    }

    public void Write(FrameBuffer body)
    {
        int options = (NowMs != long.MinValue ? QueryReader.HasNowBit : 0)
            | (SinceMs != long.MinValue ? WhyRequest.SinceBit : 0);
        body.WriteByte((byte)User.Length);
        body.WriteByte((byte)options);
        if (NowMs != long.MinValue)
        {
            body.WriteInt64(NowMs);
        }

        if (SinceMs != long.MinValue)
        {
            body.WriteInt64(SinceMs);
        }

        body.WriteBytes(User);
    }
}
