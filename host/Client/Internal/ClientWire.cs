using System.Net.Security;
using System.Net.Sockets;

namespace Ebb.Client.Internal;

/// <summary>
/// A connected socket, in the clear or inside TLS. One sender and one reader at a time; Dispose from any thread.
/// </summary>
internal sealed class ClientWire : IDisposable
{
    private readonly Socket _socket;
    private readonly SslStream? _tls;

    private ClientWire(Socket socket, SslStream? tls)
    {
        _socket = socket;
        _tls = tls;
        Input = tls ?? (Stream)new NetworkStream(socket, ownsSocket: false);
    }

    public Stream Input { get; }

    public static async Task<ClientWire> ConnectAsync(EbbClientOptions options, CancellationToken cancellation)
    {
        var family = options.Endpoint is System.Net.IPEndPoint ip ? ip.AddressFamily : AddressFamily.Unspecified;
        var socket = family == AddressFamily.Unspecified
            ? new Socket(SocketType.Stream, ProtocolType.Tcp)
            : new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        socket.NoDelay = true;
        try
        {
            await socket.ConnectAsync(options.Endpoint, cancellation);
            if (options.Tls is null)
            {
                return new ClientWire(socket, null);
            }

            var tls = new SslStream(new NetworkStream(socket, ownsSocket: false), leaveInnerStreamOpen: false);
            await tls.AuthenticateAsClientAsync(options.Tls, cancellation);
            return new ClientWire(socket, tls);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation = default)
    {
        if (_tls is not null)
        {
            await _tls.WriteAsync(bytes, cancellation);
            return;
        }

        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None, cancellation)..];
        }
    }

    public async ValueTask CloseSendingAsync()
    {
        if (_tls is not null)
        {
            await _tls.ShutdownAsync();
        }

        _socket.Shutdown(SocketShutdown.Send);
    }

    public void Dispose() => _socket.Dispose();
}
