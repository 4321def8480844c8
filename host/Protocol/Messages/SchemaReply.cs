namespace Ebb.Protocol.Messages;

/// <summary>Body of a SCHEMA reply: the memory schema in force.</summary>
public readonly ref struct SchemaReply
{
    public uint Number { get; init; }

    /// <summary>Users who are still to be made anew for it.</summary>
    public ulong PendingUserCount { get; init; }

    /// <summary>UTF-8 JSON, as people write it.</summary>
    public ReadOnlySpan<byte> Document { get; init; }

    public static StatusCode TryRead(ReadOnlySpan<byte> body, out SchemaReply reply)
    {
        var reader = new WireReader(body);
        uint number = reader.ReadUInt32();
        uint bytes = reader.ReadUInt32();
        ulong pending = reader.ReadUInt64();
        bool isSound = bytes <= int.MaxValue;
        reply = new SchemaReply
        {
            Number = number,
            PendingUserCount = pending,
            Document = isSound ? reader.ReadBytes((int)bytes) : default,
        };
        return isSound && reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteUInt32(Number);
        body.WriteUInt32((uint)Document.Length);
        body.WriteUInt64(PendingUserCount);
        body.WriteBytes(Document);
    }
}
