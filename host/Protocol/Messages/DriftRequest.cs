namespace Ebb.Protocol.Messages;

/// <summary>Body of DRIFT. NowMs long.MinValue: the server's clock.</summary>
public readonly ref struct DriftRequest
{
    /// <summary>Option: Euclidean and attention of the true vectors.</summary>
    public const byte RawBit = 32;

    public ReadOnlySpan<byte> User { get; init; }

    public long NowMs { get; init; }

    public bool Raw { get; init; }

    /// <returns>Ok, Malformed or IdLength.</returns>
    public static StatusCode TryRead(ReadOnlySpan<byte> body, out DriftRequest request)
    {
        var reader = new WireReader(body);
        byte userBytes = reader.ReadByte();
        byte options = reader.ReadByte();
        long nowMs = (options & QueryReader.HasNowBit) != 0 ? reader.ReadInt64() : long.MinValue;
        request = new DriftRequest
        {
            User = reader.ReadBytes(userBytes),
            NowMs = nowMs,
            Raw = (options & RawBit) != 0,
        };
        if (!reader.IsComplete || (options & ~(QueryReader.HasNowBit | RawBit)) != 0)
        {
            return StatusCode.Malformed;
        }

        return userBytes is 0 or > ProtocolLimits.IdBytesMax ? StatusCode.IdLength : StatusCode.Ok;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)User.Length);
        body.WriteByte((byte)((NowMs != long.MinValue ? QueryReader.HasNowBit : 0) | (Raw ? RawBit : 0)));
        if (NowMs != long.MinValue)
        {
            body.WriteInt64(NowMs);
        }

        body.WriteBytes(User);
    }
}
