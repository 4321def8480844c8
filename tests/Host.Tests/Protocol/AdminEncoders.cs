using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Host.Tests.Protocol;

/// <summary>Writes the vectors of BACKUP, SCHEMA and AUTH.</summary>
internal static class AdminEncoders
{
    private const long T = 1_700_000_000_000;

    public static void BackupRequest(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Header(Opcode.Backup, 20));
        new BackupRequest { Name = "2026-11-23"u8 }.Write(frame.Body());
        frame.Complete();
    }

    public static void BackupReply(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Reply(Opcode.Backup, 20));
        new BackupReply(70_000, 12, T).Write(frame.Body());
        frame.Complete();
    }

    public static void SchemaRequest(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Header(Opcode.Schema, 22));
        new SchemaRequest { Changes = true, Document = "{\"number\": 2}"u8 }.Write(frame.Body());
        frame.Complete();
    }

    public static void SchemaReply(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Reply(Opcode.Schema, 22));
        new SchemaReply { Number = 2, PendingUserCount = 70_000, Document = "{\"number\": 2}"u8 }.Write(frame.Body());
        frame.Complete();
    }

    public static void AuthRequest(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Header(Opcode.Auth, 21));
        new AuthRequest { Token = "ebb_t"u8 }.Write(frame.Body());
        frame.Complete();
    }

    public static void AuthReply(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Reply(Opcode.Auth, 21));
        new AuthReply(EbbRole.Writer).Write(frame.Body());
        frame.Complete();
    }

    private static FrameHeader Header(Opcode opcode, ulong correlation) => new()
    {
        Version = FrameHeader.Version1,
        Opcode = opcode,
        CorrelationId = correlation,
    };

    private static FrameHeader Reply(Opcode opcode, ulong correlation) =>
        Header(opcode, correlation) with { Flags = FrameFlags.Reply, TimeMicroseconds = 20 };
}
