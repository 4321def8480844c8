namespace Ebb.Protocol.Messages;

/// <summary>Body of a BACKUP reply, 24 bytes.</summary>
public readonly record struct BackupReply(long Bytes, uint FileCount, long CreatedMs)
{
    public static StatusCode TryRead(ReadOnlySpan<byte> body, out BackupReply reply)
    {
        var reader = new WireReader(body);
        long bytes = reader.ReadInt64();
        uint fileCount = reader.ReadUInt32();
        reader.ReadUInt32();
        reply = new BackupReply(bytes, fileCount, reader.ReadInt64());
        return reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteInt64(Bytes);
        body.WriteUInt32(FileCount);
        body.WriteUInt32(0);
        body.WriteInt64(CreatedMs);
    }
}
