namespace Ebb.Protocol.Messages;

/// <summary>Body of FLOWS and TRENDS. NowMs long.MinValue: the server's clock.</summary>
public readonly record struct PopulationRequest(int CountMax, long NowMs = long.MinValue)
{
    /// <summary>Most rows of a list that a reply has.</summary>
    public const int RowCountMax = 1000;

    /// <returns>Ok, Malformed or TooManyEntries.</returns>
    public static StatusCode TryRead(ReadOnlySpan<byte> body, out PopulationRequest request)
    {
        var reader = new WireReader(body);
        ushort countMax = reader.ReadUInt16();
        byte options = reader.ReadByte();
        long nowMs = (options & QueryReader.HasNowBit) != 0 ? reader.ReadInt64() : long.MinValue;
        request = new PopulationRequest(countMax, nowMs);
        if (!reader.IsComplete || (options & ~QueryReader.HasNowBit) != 0)
        {
            return StatusCode.Malformed;
        }

        return countMax > RowCountMax ? StatusCode.TooManyEntries : StatusCode.Ok;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteUInt16((ushort)CountMax);
        body.WriteByte(NowMs != long.MinValue ? QueryReader.HasNowBit : (byte)0);
        if (NowMs != long.MinValue)
        {
            body.WriteInt64(NowMs);
        }
    }
}
