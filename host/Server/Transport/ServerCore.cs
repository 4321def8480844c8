using Microsoft.Extensions.Logging;

namespace Ebb.Server.Transport;

/// <summary>What the connections of one server share. Immutable; none of it is locked on the way of a request.</summary>
internal sealed record ServerCore(
    IEngineDoor Engine,
    EbbServerOptions Options,
    ConnectionRegistry Connections,
    TransportMetrics Metrics,
    ILogger Logger);
