using Ebb.Protocol;

namespace Ebb.Server.Transport;

/// <summary>Which request a reply belongs to, and how it went.</summary>
internal readonly record struct ReplyHead(Opcode Opcode, ulong CorrelationId, long ArrivedAt, long Cost)
{
    public StatusCode Status { get; init; }

    public FrameHeader ToHeader(TimeProvider clock) => new()
    {
        Version = FrameHeader.Version1,
        Opcode = Opcode,
        Flags = FrameFlags.Reply,
        CorrelationId = CorrelationId,
        TimeMicroseconds = (uint)Math.Clamp(clock.GetElapsedTime(ArrivedAt).TotalMicroseconds, 0, uint.MaxValue),
        Status = Status,
    };
}
