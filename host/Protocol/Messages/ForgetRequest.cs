namespace Ebb.Protocol.Messages;

/// <summary>Body of FORGET.</summary>
public readonly ref struct ForgetRequest
{
    public ReadOnlySpan<byte> User { get; init; }

    /// <returns>Ok, Malformed or IdLength.</returns>
    public static StatusCode TryRead(ReadOnlySpan<byte> body, out ForgetRequest request)
    {
        var reader = new WireReader(body);
        byte userBytes = reader.ReadByte();
        byte options = reader.ReadByte();
        request = new ForgetRequest { User = reader.ReadBytes(userBytes) };
        if (!reader.IsComplete || options != 0)
        {
            return StatusCode.Malformed;
        }

        return userBytes is 0 or > ProtocolLimits.IdBytesMax ? StatusCode.IdLength : StatusCode.Ok;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)User.Length);
        body.WriteByte(0);
        body.WriteBytes(User);
    }
}
