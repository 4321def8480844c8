using Ebb.Protocol;
using Microsoft.AspNetCore.Connections;

namespace Ebb.Server.Transport;

/// <summary>Kestrel's door to us: takes a connection, serves it, and says why it ended.</summary>
internal sealed class EbbConnectionHandler(ServerCore core) : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var served = new EbbConnection(connection, core);
        if (!core.Connections.TryAdd(served))
        {
            await RefuseAsync(connection);
            return;
        }

        TransportLog.Opened(core.Logger, connection.ConnectionId, connection.RemoteEndPoint);
        var reason = ConnectionCloseReason.Internal;
        try
        {
            reason = await served.RunAsync();
        }
        finally
        {
            core.Connections.Remove(served);
            core.Metrics.Closed(reason);
            TransportLog.Closed(core.Logger, connection.ConnectionId, reason);
        }
    }

    private async Task RefuseAsync(ConnectionContext connection)
    {
        const ConnectionCloseReason Reason = ConnectionCloseReason.TooManyConnections;
        core.Metrics.Closed(Reason);
        TransportLog.Refused(core.Logger, connection.ConnectionId, Reason);
        using var notice = new FrameBuffer();
        NoticeWriter.WriteClosing(notice, Reason);
        try
        {
            await connection.Transport.Output.WriteAsync(notice.WrittenMemory);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            // Gone before it could be told.
        }
    }
}
