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
    /// <summary>Before HELLO a stranger gets little: one small frame.</summary>
    public ProtocolLimits HelloLimits { get; } = Options.Limits with { FrameBytesMax = 4096 };
}
