using Ebb.Protocol;

namespace Ebb.Server.Transport;

/// <summary>Which request a reply belongs to, and how it went.</summary>
internal readonly record struct ReplyHead(Opcode Opcode, ulong CorrelationId, long ArrivedAt, long Cost)
{
    public StatusCode Status { get; init; }

    /// <summary>When the engine began with the request, on its clock; 0: it never did.</summary>
    public long BegunAt { get; init; }

    /// <summary>0: not told.</summary>
    public int RetryAfterMs { get; init; }

    public uint QueueMicroseconds(TimeProvider clock) => BegunAt == 0
        ? 0
        : (uint)Math.Clamp(clock.GetElapsedTime(ArrivedAt, BegunAt).TotalMicroseconds, 0, uint.MaxValue);

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
