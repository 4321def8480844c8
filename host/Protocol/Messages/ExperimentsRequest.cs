namespace Ebb.Protocol.Messages;

/// <summary>Body of EXPERIMENTS: u8 what, u8 name bytes, name. What 0: the experiments, and no name.</summary>
public readonly ref struct ExperimentsRequest
{
    public const byte WhatMax = 0;

    public byte What { get; init; }

    public ReadOnlySpan<byte> Name { get; init; }

    /// <returns>Ok or Malformed.</returns>
    public static StatusCode TryRead(ReadOnlySpan<byte> body, out ExperimentsRequest request)
    {
        var reader = new WireReader(body);
        byte what = reader.ReadByte();
        byte nameBytes = reader.ReadByte();
        request = new ExperimentsRequest { What = what, Name = reader.ReadBytes(nameBytes) };
        return reader.IsComplete && what <= WhatMax && nameBytes == 0 ? StatusCode.Ok : StatusCode.Malformed;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte(What);
        body.WriteByte((byte)Name.Length);
        body.WriteBytes(Name);
    }
}
