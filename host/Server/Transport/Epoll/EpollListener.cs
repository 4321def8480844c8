using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Ebb.Server.Transport.Epoll;

/// <summary>Accepts sockets and deals them out to the loops.</summary>
internal sealed class EpollListener : IConnectionListener
{
    private const int Backlog = 512;

    // Out of file handles: trying again at once would only turn.
    private static readonly TimeSpan HandlePause = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly EpollLoops _loops;

    public EpollListener(EndPoint endpoint, int loopCount, bool isScaled, ILogger logger)
    {
        _socket = Bind(endpoint);
        EndPoint = _socket.LocalEndPoint!;
        _loops = new EpollLoops(loopCount, isScaled ? new LoopScaling(loopCount) : null, logger);
    }

    public EndPoint EndPoint { get; }

    public EpollLoops Loops => _loops;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                return Served(await _socket.AcceptAsync(cancellationToken));
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException failure) when (failure.SocketErrorCode == SocketError.OperationAborted)
            {
                return null;
            }
            catch (SocketException failure)
            {
                // Reset while it waited to be accepted: the next one. Anything else is want of handles or memory.
                if (failure.SocketErrorCode is not (SocketError.ConnectionReset or SocketError.ConnectionAborted))
                {
                    await Task.Delay(HandlePause, cancellationToken);
                }
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _socket.Dispose();
        return default;
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _loops.Dispose();
        return default;
    }

    private EpollConnection Served(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            socket.Blocking = false;
            return new EpollConnection(socket, _loops.Next());
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket Bind(EndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endpoint is IPEndPoint { Address: var address } && address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(endpoint);
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException failure)
        {
            socket.Dispose();
            throw failure.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? new AddressInUseException(failure.Message, failure)
                : failure;
        }
    }
}
