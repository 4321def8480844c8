using System.Net;
using Ebb.Protocol;
using Microsoft.Extensions.Logging;

namespace Ebb.Server.Security;

/// <summary>All log texts of the doors. Event ids 1200-1299. No text takes a token, a key or a user's id.</summary>
internal static partial class SecurityLog
{
    [LoggerMessage(1200, LogLevel.Warning, "Connection {ConnectionId}: no TLS ({Reason}).")]
    public static partial void HandshakeRefused(ILogger logger, string connectionId, string reason);

    [LoggerMessage(1201, LogLevel.Information, "Connection {ConnectionId} is {Name}, {Role}.")]
    public static partial void LetIn(ILogger logger, string connectionId, string name, EbbRole role);

    [LoggerMessage(1202, LogLevel.Warning, "Connection {ConnectionId} from {Remote} brought a token that nobody has.")]
    public static partial void TokenRefused(ILogger logger, string connectionId, EndPoint? remote);

    [LoggerMessage(1203, LogLevel.Information, "Certificates and access file were read again.")]
    public static partial void Reloaded(ILogger logger);

    [LoggerMessage(1204, LogLevel.Error, "Certificates and access file stay as they are: {Problem}")]
    public static partial void NotReloaded(ILogger logger, string problem);

    [LoggerMessage(1205, LogLevel.Warning,
        "Tokens are asked for on {Endpoint} without TLS: whoever sees the network sees them.")]
    public static partial void TokensInTheClear(ILogger logger, IPEndPoint endpoint);

    [LoggerMessage(1206, LogLevel.Warning, "Nobody is asked who they are on {Endpoint} (--unprotected).")]
    public static partial void Unprotected(ILogger logger, IPEndPoint endpoint);
}
