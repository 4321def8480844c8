namespace Ebb.Protocol.Messages;

/// <summary>Body of MERGE: u8 from bytes, u8 to bytes, from, to.</summary>
public readonly ref struct MergeRequest
{
    public ReadOnlySpan<byte> From { get; init; }

    public ReadOnlySpan<byte> To { get; init; }

    /// <returns>Ok, Malformed or IdLength.</returns>
    public static StatusCode TryRead(ReadOnlySpan<byte> body, out MergeRequest request)
    {
        var reader = new WireReader(body);
        byte fromBytes = reader.ReadByte();
        byte toBytes = reader.ReadByte();
        request = new MergeRequest { From = reader.ReadBytes(fromBytes), To = reader.ReadBytes(toBytes) };
        if (!reader.IsComplete)
        {
            return StatusCode.Malformed;
        }

        return fromBytes is 0 or > ProtocolLimits.IdBytesMax || toBytes is 0 or > ProtocolLimits.IdBytesMax
            ? StatusCode.IdLength
            : StatusCode.Ok;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)From.Length);
        body.WriteByte((byte)To.Length);
        body.WriteBytes(From);
        body.WriteBytes(To);
    }
}
