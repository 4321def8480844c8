using Ebb.Protocol;
using Microsoft.Extensions.Logging;

namespace Ebb.Server.Transport;

/// <summary>
/// What the connections of one server share. Immutable; none of it is locked on the way of a request.
/// </summary>
internal sealed record ServerCore(
    IEngineDoor Engine,
    EbbServerOptions Options,
    ConnectionRegistry Connections,
    TransportMetrics Metrics,
    ILogger Logger)
{
    /// <summary>What waits in buffers, over all connections.</summary>
    public BufferBudget Buffers => Connections.Buffers;

    /// <summary>Before HELLO a stranger gets little: one small frame.</summary>
    public ProtocolLimits HelloLimits { get; } = Options.Limits with { FrameBytesMax = 4096 };

    /// <summary>When the frame's answer is worthless, on the engine's clock; 0: never.</summary>
    public long DeadlineTimestamp(in FrameContext frame) => frame.Header.TimeMicroseconds == 0
        ? 0
        : frame.Arrival.At + (long)(frame.Header.TimeMicroseconds * (Engine.Clock.TimestampFrequency / 1e6));

    public bool IsPast(long deadlineTimestamp) =>
        deadlineTimestamp != 0 && Engine.Clock.GetTimestamp() > deadlineTimestamp;
}
