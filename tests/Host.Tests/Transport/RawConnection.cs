using System.Net;
using System.Net.Sockets;
using System.Text;
using Ebb.Protocol;
using Xunit;

namespace Ebb.Host.Tests.Transport;

/// <summary>A frame as it came.</summary>
internal sealed record RawFrame(FrameHeader Header, byte[] Tagged, byte[] Body)
{
    /// <summary>Why the frame was refused.</summary>
    public string Message =>
        TaggedFields.TryRead(Tagged, out var fields) == StatusCode.Ok ? Encoding.UTF8.GetString(fields.Message) : "";

    public ulong DurableUpTo => TaggedFields.TryRead(Tagged, out var fields) == StatusCode.Ok ? fields.DurableUpTo : 0;
}

/// <summary>
/// A socket that sends any bytes and reads frames. Waits at most a generous while, so that no test hangs.
/// </summary>
internal sealed class RawConnection : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Socket _socket;

    private RawConnection(Socket socket)
    {
        _socket = socket;
    }

    public static async Task<RawConnection> ConnectAsync(IPEndPoint endpoint)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endpoint);
        return new RawConnection(socket);
    }

    public Task SendAsync(byte[] bytes) => SendAsync(bytes.AsMemory());

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes)..];
        }
    }

    public void CloseSending() => _socket.Shutdown(SocketShutdown.Send);

    public async Task<RawFrame> ReadAsync() =>
        await TryReadAsync() ?? throw new EndOfStreamException("The server closed the connection.");

    /// <summary>Null: the server closed.</summary>
    public async Task<RawFrame?> TryReadAsync()
    {
        byte[]? head = await ReadBytesAsync(FrameHeader.Bytes);
        if (head is null)
        {
            return null;
        }

        Assert.True(FrameHeader.TryRead(head, out var header));
        byte[]? tagged = await ReadBytesAsync(header.TaggedBytes);
        byte[]? body = await ReadBytesAsync((int)header.BodyBytes);
        return new RawFrame(header, tagged!, body!);
    }

    /// <summary>Every frame until the server closes.</summary>
    public async Task<List<RawFrame>> ReadToEndAsync()
    {
        var frames = new List<RawFrame>();
        while (await TryReadAsync() is { } frame)
        {
            frames.Add(frame);
        }

        return frames;
    }

    public void Dispose() => _socket.Dispose();

    private async Task<byte[]?> ReadBytesAsync(int count)
    {
        using var limit = new CancellationTokenSource(Patience);
        byte[] bytes = new byte[count];
        int read = 0;
        while (read < count)
        {
            int more;
            try
            {
                more = await _socket.ReceiveAsync(bytes.AsMemory(read), limit.Token);
            }
            catch (SocketException)
            {
                return null;
            }

            if (more == 0)
            {
                return null;
            }

            read += more;
        }

        return bytes;
    }
}
