using System.Net;
using System.Net.Sockets;

namespace Ebb.Host.Tests.Client;

/// <summary>
/// Stands between client and server, passes bytes on, and can cut all connections, or swallow what the server answers.
/// </summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Socket> _sockets = [];
    private readonly Lock _lock = new();
    private readonly Task _accepting;
    private volatile IPEndPoint _target;
    private volatile bool _isMute;

    public CuttingProxy(IPEndPoint target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public IPEndPoint Endpoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Where the next connections go.</summary>
    public IPEndPoint Target
    {
        get => _target;
        set => _target = value;
    }

    /// <summary>What the server sends is lost on the way, of connections made from now on too.</summary>
    public bool IsMute
    {
        get => _isMute;
        set => _isMute = value;
    }

    public void Cut()
    {
        lock (_lock)
        {
            _sockets.ForEach(socket => socket.Dispose());
            _sockets.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        Cut();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket? client = null;
            try
            {
                client = await _listener.AcceptSocketAsync();
                var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await server.ConnectAsync(_target);
                lock (_lock)
                {
                    _sockets.Add(client);
                    _sockets.Add(server);
                }

                _ = PassAsync(client, server, isFromServer: false);
                _ = PassAsync(server, client, isFromServer: true);
            }
            catch (Exception failure) when (failure is SocketException or InvalidOperationException)
            {
                client?.Dispose();
                if (client is null)
                {
                    return;
                }
            }
        }
    }

    private async Task PassAsync(Socket from, Socket to, bool isFromServer)
    {
        byte[] buffer = new byte[64 << 10];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer)) > 0)
            {
                if (isFromServer && _isMute)
                {
                    continue;
                }

                for (int sent = 0; sent < read;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent));
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            from.Dispose();
            to.Dispose();
        }
    }
}
