using System.Text;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Host.Tests.Transport;

/// <summary>Request frames for tests.</summary>
internal static class Frames
{
    public static byte[] Hello(ulong session = 0, string tenant = "", byte versionMin = 1, byte versionMax = 1) =>
        Hello(session, tenant, (versionMin, versionMax), 4 << 20);

    public static byte[] Hello(ulong session, string tenant, (byte Min, byte Max) versions, uint frameBytesMax)
    {
        using var buffer = new FrameBuffer();
        var frame = new FrameWriter(buffer, Header(Opcode.Hello, 1));
        if (session != 0)
        {
            frame.Tag(FieldTag.Session, session);
        }

        if (tenant.Length > 0)
        {
            frame.Tag(FieldTag.Tenant, Encoding.UTF8.GetBytes(tenant));
        }

        new HelloRequest
        {
            VersionMin = versions.Min,
            VersionMax = versions.Max,
            FrameBytesMax = frameBytesMax,
            Name = "raw"u8,
        }.Write(frame.Body());
        frame.Complete();
        return buffer.Written.ToArray();
    }

    public static byte[] Empty(Opcode opcode, ulong correlation, FrameFlags flags = FrameFlags.None)
    {
        byte[] frame = new byte[FrameHeader.Bytes];
        (Header(opcode, correlation) with { Flags = flags }).Write(frame);
        return frame;
    }

    public static byte[] Observe(
        ulong correlation,
        IReadOnlyList<(string User, string Item)> events,
        ulong sequence = 0,
        FrameFlags flags = FrameFlags.None)
    {
        using var buffer = new FrameBuffer();
        var frame = new FrameWriter(buffer, Header(Opcode.Observe, correlation) with { Flags = flags });
        if (sequence != 0)
        {
            frame.Tag(FieldTag.Sequence, sequence);
        }

        var writer = new EventListWriter(frame.Body());
        foreach (var (user, item) in events)
        {
            writer.Add(new EventEntry
            {
                User = Encoding.UTF8.GetBytes(user),
                Item = Encoding.UTF8.GetBytes(item),
                Type = 1,
                TimeMs = 1000,
            });
        }

        writer.Complete(events.Count);
        frame.Complete();
        return buffer.Written.ToArray();
    }

    public static byte[] Recommend(ulong correlation, string user, ushort count, bool explain = false)
    {
        using var buffer = new FrameBuffer();
        var frame = new FrameWriter(buffer, Header(Opcode.Recommend, correlation));
        _ = new QueryWriter(frame.Body(), Encoding.UTF8.GetBytes(user), new QueryHead(count, Explain: explain));
        frame.Complete();
        return buffer.Written.ToArray();
    }

    /// <summary>One item of two dimensions.</summary>
    public static byte[] ItemPut(FrameHeader header, string id)
    {
        using var buffer = new FrameBuffer();
        var frame = new FrameWriter(buffer, header);
        var writer = new ItemPutWriter(frame.Body(), 1);
        writer.Begin(new ItemEntry { Id = Encoding.UTF8.GetBytes(id), Dimension = 2 });
        writer.Vector([1, 0]);
        frame.Complete();
        return buffer.Written.ToArray();
    }

    /// <summary>No body; one tagged field.</summary>
    public static byte[] Tagged(Opcode opcode, ulong correlation, FieldTag tag, byte[] value)
    {
        using var buffer = new FrameBuffer();
        var frame = new FrameWriter(buffer, Header(opcode, correlation));
        frame.Tag(tag, value);
        frame.Complete();
        return buffer.Written.ToArray();
    }

    public static FrameHeader Header(Opcode opcode, ulong correlation) => new()
    {
        Version = FrameHeader.Version1,
        Opcode = opcode,
        CorrelationId = correlation,
    };
}
