namespace Ebb.Protocol.Messages;

/// <summary>Body of AUTH. The token is a secret: never logged, never sent back.</summary>
public readonly ref struct AuthRequest
{
    public const int TokenBytesMax = 256;

    public ReadOnlySpan<byte> Token { get; init; }

    public static StatusCode TryRead(ReadOnlySpan<byte> body, out AuthRequest request)
    {
        var reader = new WireReader(body);
        ushort tokenBytes = reader.ReadUInt16();
        reader.ReadUInt16();
        request = new AuthRequest { Token = reader.ReadBytes(tokenBytes) };
        return reader.IsComplete && tokenBytes is > 0 and <= TokenBytesMax ? StatusCode.Ok : StatusCode.Malformed;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteUInt16((ushort)Token.Length);
        body.WriteUInt16(0);
        body.WriteBytes(Token);
    }
}
