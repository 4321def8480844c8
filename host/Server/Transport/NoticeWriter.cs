using Ebb.Protocol;

namespace Ebb.Server.Transport;

/// <summary>Frames that nobody asked for: why a connection closes, and durable marks for the idle.</summary>
internal static class NoticeWriter
{
    private static readonly FrameHeader Header = new()
    {
        Version = FrameHeader.Version1,
        Opcode = Opcode.Notice,
        Flags = FrameFlags.Reply,
    };

    public static void WriteDurable(ReplyOutput output, ulong mark)
    {
        var frame = new FrameWriter(output.Enter(), Header);
        frame.Tag(FieldTag.DurableUpTo, mark);
        frame.Complete();
        output.Leave(0, 0);
    }

    /// <summary>Nothing for a reason that the peer knows, or has had as a reply.</summary>
    public static void WriteClosing(ReplyOutput output, ConnectionCloseReason reason)
    {
        var (status, message) = Describe(reason);
        if (status == StatusCode.Ok)
        {
            return;
        }

        WriteClosing(new FrameWriter(output.Enter(), Header with { Status = status }), message);
        output.Leave(0, 0);
    }

    /// <summary>The same for a connection that was never served.</summary>
    public static void WriteClosing(FrameBuffer buffer, ConnectionCloseReason reason)
    {
        var (status, message) = Describe(reason);
        WriteClosing(new FrameWriter(buffer, Header with { Status = status }), message);
    }

    private static void WriteClosing(FrameWriter frame, string message)
    {
        frame.TagMessage(message);
        frame.Complete();
    }

    private static (StatusCode Status, string Message) Describe(ConnectionCloseReason reason) => reason switch
    {
        ConnectionCloseReason.ServerStopping => (StatusCode.ShuttingDown, "the server is going down"),
        ConnectionCloseReason.BadMagic => (StatusCode.Malformed, "not an Ebb frame: it must begin with 45 42 42 EB"),
        ConnectionCloseReason.ReplyFromClient => (StatusCode.Malformed, "a client must not set the REPLY flag"),
        ConnectionCloseReason.HelloTimeout => (StatusCode.HelloRequired, "no HELLO, or no AUTH, in time"),
        ConnectionCloseReason.AccessWithdrawn =>
            (StatusCode.AuthRequired, "the access file has changed: say AUTH anew"),
        ConnectionCloseReason.TooManyConnections => (StatusCode.Overloaded, "too many connections"),
        ConnectionCloseReason.Internal => (StatusCode.Internal, "a fault of the server"),
        _ => (StatusCode.Ok, ""),
    };
}
