namespace Ebb.Protocol.Messages;

/// <summary>Body of PROFILE. NowMs long.MinValue: the server's clock.</summary>
public readonly ref struct ProfileRequest
{
    /// <summary>Option: append the phases to the reply.</summary>
    public const byte PhasesBit = 16;

    /// <summary>Option: append the likely next categories.</summary>
    public const byte NextBit = 64;

    public ReadOnlySpan<byte> User { get; init; }

    public long NowMs { get; init; }

    public bool WantsPhases { get; init; }

    public bool WantsNext { get; init; }

    /// <returns>Ok, Malformed or IdLength.</returns>
    public static StatusCode TryRead(ReadOnlySpan<byte> body, out ProfileRequest request)
    {
        var reader = new WireReader(body);
        byte userBytes = reader.ReadByte();
        byte options = reader.ReadByte();
        long nowMs = (options & QueryReader.HasNowBit) != 0 ? reader.ReadInt64() : long.MinValue;
        request = new ProfileRequest
        {
            User = reader.ReadBytes(userBytes),
            NowMs = nowMs,
            WantsPhases = (options & PhasesBit) != 0,
            WantsNext = (options & NextBit) != 0,
        };
        if (!reader.IsComplete || (options & ~(QueryReader.HasNowBit | PhasesBit | NextBit)) != 0)
        {
            return StatusCode.Malformed;
        }

        return userBytes is 0 or > ProtocolLimits.IdBytesMax ? StatusCode.IdLength : StatusCode.Ok;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)User.Length);
        int options = (NowMs != long.MinValue ? QueryReader.HasNowBit : 0) | (WantsPhases ? PhasesBit : 0)
            | (WantsNext ? NextBit : 0);
        body.WriteByte((byte)options);
        if (NowMs != long.MinValue)
        {
            body.WriteInt64(NowMs);
        }

        body.WriteBytes(User);
    }
}
