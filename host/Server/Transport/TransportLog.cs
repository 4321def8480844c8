using System.Net;
using Microsoft.Extensions.Logging;

namespace Ebb.Server.Transport;

/// <summary>All log texts of the transport. Event ids are stable; 1000-1099 are the transport's.</summary>
internal static partial class TransportLog
{
    [LoggerMessage(1000, LogLevel.Information, "Listening on {Endpoint}.")]
    public static partial void Listening(ILogger logger, IPEndPoint endpoint);

    [LoggerMessage(1001, LogLevel.Information, "Stopping: {ConnectionCount} connections.")]
    public static partial void Stopping(ILogger logger, int connectionCount);

    [LoggerMessage(1002, LogLevel.Debug, "Connection {ConnectionId} from {Remote}.")]
    public static partial void Opened(ILogger logger, string connectionId, EndPoint? remote);

    [LoggerMessage(1003, LogLevel.Debug, "Connection {ConnectionId} closed: {Reason}.")]
    public static partial void Closed(ILogger logger, string connectionId, ConnectionCloseReason reason);

    [LoggerMessage(1004, LogLevel.Warning, "Connection {ConnectionId} refused: {Reason}.")]
    public static partial void Refused(ILogger logger, string connectionId, ConnectionCloseReason reason);

    [LoggerMessage(1005, LogLevel.Error, "Connection {ConnectionId} failed by a fault of ours.")]
    public static partial void Failed(ILogger logger, Exception failure, string connectionId);

    [LoggerMessage(1006, LogLevel.Error, "A catalogue change of connection {ConnectionId} failed.")]
    public static partial void CatalogueFailed(ILogger logger, Exception failure, string connectionId);

    [LoggerMessage(1007, LogLevel.Error, "A socket thread met a fault of ours and goes on.")]
    public static partial void LoopFailed(ILogger logger, Exception failure);
}
