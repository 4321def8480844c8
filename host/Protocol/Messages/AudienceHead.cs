namespace Ebb.Protocol.Messages;

/// <summary>The fixed fields of an AUDIENCE reply; its members follow.</summary>
public readonly record struct AudienceHead(int MemberCount, ulong UserCount, ulong FitCount)
{
    /// <summary>NaN where a policy has no calibration.</summary>
    public double ExpectedCount { get; init; }

    public ulong Generation { get; init; }

    public void Write(FrameBuffer body)
    {
        body.WriteUInt32((uint)MemberCount);
        body.WriteUInt32(0);
        body.WriteUInt64(UserCount);
        body.WriteUInt64(FitCount);
        body.WriteDouble(ExpectedCount);
        body.WriteUInt64(Generation);
    }

    internal static AudienceHead Read(scoped ref WireReader reader)
    {
        uint count = reader.ReadUInt32();
        reader.ReadUInt32();
        return new AudienceHead((int)Math.Min(count, int.MaxValue), reader.ReadUInt64(), reader.ReadUInt64())
        {
            ExpectedCount = reader.ReadDouble(),
            Generation = reader.ReadUInt64(),
        };
    }
}
