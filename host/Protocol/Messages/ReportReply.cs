namespace Ebb.Protocol.Messages;

/// <summary>Body of an EXPERIMENTS reply: u32 bytes, then a report of so many bytes of JSON.</summary>
public readonly ref struct ReportReply
{
    public ReadOnlySpan<byte> Json { get; init; }

    public static StatusCode TryRead(ReadOnlySpan<byte> body, out ReportReply reply)
    {
        var reader = new WireReader(body);
        uint bytes = reader.ReadUInt32();
        reply = new ReportReply { Json = bytes <= body.Length ? reader.ReadBytes((int)bytes) : default };
        return reader.IsComplete && bytes == reply.Json.Length ? StatusCode.Ok : StatusCode.Malformed;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteUInt32((uint)Json.Length);
        body.WriteBytes(Json);
    }
}
