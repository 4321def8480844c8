namespace Ebb.Protocol.Messages;

/// <summary>Body of a HELLO request. Session and tenant travel as tagged fields.</summary>
public readonly ref struct HelloRequest
{
    public byte VersionMin { get; init; }

    public byte VersionMax { get; init; }

    /// <summary>Longest frame that the client takes; the server refuses rather than send a longer one.</summary>
    public uint FrameBytesMax { get; init; }

    public ReadOnlySpan<byte> Name { get; init; }

    public static StatusCode TryRead(ReadOnlySpan<byte> body, out HelloRequest request)
    {
        var reader = new WireReader(body);
        byte versionMin = reader.ReadByte();
        byte versionMax = reader.ReadByte();
        byte nameBytes = reader.ReadByte();
        reader.ReadByte();
        uint frameBytesMax = reader.ReadUInt32();
        reader.ReadUInt64();
        request = new HelloRequest
        {
            VersionMin = versionMin,
            VersionMax = versionMax,
            FrameBytesMax = frameBytesMax,
            Name = reader.ReadBytes(nameBytes),
        };
        return reader.IsComplete && nameBytes <= ProtocolLimits.NameBytesMax ? StatusCode.Ok : StatusCode.Malformed;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte(VersionMin);
        body.WriteByte(VersionMax);
        body.WriteByte((byte)Name.Length);
        body.WriteByte(0);
        body.WriteUInt32(FrameBytesMax);
        body.WriteUInt64(0);
        body.WriteBytes(Name);
    }
}
