using Ebb.Protocol;
using Ebb.Server.Security;
using Microsoft.AspNetCore.Connections;

namespace Ebb.Server.Transport;

/// <summary>Kestrel's door to us: takes a connection, serves it, and says why it ended.</summary>
internal sealed class EbbConnectionHandler(ServerCore core) : ConnectionHandler
{
    /// <summary>From the socket: the address is counted, then TLS where there is one, then the frames.</summary>
    public async Task OnEnteredAsync(ConnectionContext connection, AddressGate gate, TlsDoor? tls)
    {
        if (!gate.TryEnter(connection))
        {
            await RefuseAsync(connection, isClear: tls is null);
            return;
        }

        try
        {
            await (tls is null ? OnConnectedAsync(connection) : tls.OnConnectedAsync(connection, OnConnectedAsync));
        }
        finally
        {
            gate.Leave(connection);
        }
    }

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var served = new EbbConnection(connection, core);
        if (!core.Connections.TryAdd(served))
        {
            await RefuseAsync(connection, isClear: true);
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

    private async Task RefuseAsync(ConnectionContext connection, bool isClear)
    {
        const ConnectionCloseReason Reason = ConnectionCloseReason.TooManyConnections;
        core.Metrics.Closed(Reason);
        TransportLog.Refused(core.Logger, connection.ConnectionId, Reason);
        if (!isClear)
        {
            return;
        }

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
