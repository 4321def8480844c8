namespace Ebb.Protocol.Messages;

/// <summary>Body of SCHEMA: tell the memory schema that runs, or change it to the one of a document.</summary>
public readonly ref struct SchemaRequest
{
    public const int DocumentBytesMax = 64 * 1024;

    /// <summary>Else the running one is told and nothing changes.</summary>
    public bool Changes { get; init; }

    /// <summary>UTF-8 JSON; empty where nothing changes.</summary>
    public ReadOnlySpan<byte> Document { get; init; }

    /// <returns>Ok or Malformed.</returns>
    public static StatusCode TryRead(ReadOnlySpan<byte> body, out SchemaRequest request)
    {
        var reader = new WireReader(body);
        byte action = reader.ReadByte();
        byte reserved = reader.ReadByte();
        ushort alsoReserved = reader.ReadUInt16();
        uint bytes = reader.ReadUInt32();
        bool isSound = action <= 1 && reserved == 0 && alsoReserved == 0 && bytes <= DocumentBytesMax
            && bytes > 0 == (action == 1);
        request = new SchemaRequest
        {
            Changes = action == 1,
            Document = isSound ? reader.ReadBytes((int)bytes) : default,
        };
        return isSound && reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte(Changes ? (byte)1 : (byte)0);
        body.WriteByte(0);
        body.WriteUInt16(0);
        body.WriteUInt32((uint)Document.Length);
        body.WriteBytes(Document);
    }
}
