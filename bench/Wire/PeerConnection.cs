using System.Net.Sockets;

namespace Ebb.Bench.Wire;

/// <summary>Told of each reply that came whole.</summary>
internal delegate void TakenReply(ReadOnlySpan<byte> reply, bool isOk);

/// <summary>One socket: batches of requests out, their replies in. Blocking sends; reads only what is there.</summary>
internal sealed class PeerConnection : IDisposable
{
    private const int ReceiveBytes = 256 << 10;

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly IPeerTraffic _traffic;
    private readonly byte[] _requests;
    private readonly byte[] _received = new byte[ReceiveBytes];
    private int _receivedCount;

    public PeerConnection(WireOptions options, IPeerTraffic traffic)
    {
        _traffic = traffic;
        _requests = new byte[traffic.RequestBytesMax * options.Depth];
        _socket.Connect(options.Server);
        traffic.Greet(_socket);
    }

    public Socket Socket => _socket;

    /// <summary>Stopwatch timestamp of the last batch's start.</summary>
    public long SentAt { get; private set; }

    /// <summary>Replies still waited for.</summary>
    public int Unanswered { get; private set; }

    /// <summary>Sends so many requests together, at most the depth.</summary>
    public void Send(int requestCount, long now)
    {
        int length = 0;
        for (int index = 0; index < requestCount; index++)
        {
            length += _traffic.WriteRequest(_requests.AsSpan(length));
        }

        SentAt = now;
        Unanswered += requestCount;
        ReadOnlySpan<byte> rest = _requests.AsSpan(0, length);
        while (!rest.IsEmpty)
        {
            rest = rest[_socket.Send(rest)..];
        }
    }

    /// <summary>Reads once; how many replies came whole, and how many of them said that all is well.</summary>
    public (int Replies, int Ok) Receive(TakenReply? takenReply = null)
    {
        int count = _socket.Receive(_received.AsSpan(_receivedCount));
        if (count == 0)
        {
            throw new IOException("the server closed a connection");
        }

        _receivedCount += count;
        int taken = 0;
        int replies = 0;
        int ok = 0;
        while (_traffic.TakeReply(_received.AsSpan(taken, _receivedCount - taken), out bool isOk) is > 0 and int length)
        {
            takenReply?.Invoke(_received.AsSpan(taken, length), isOk);
            taken += length;
            replies++;
            ok += isOk ? 1 : 0;
        }

        _receivedCount -= taken;
        _received.AsSpan(taken, _receivedCount).CopyTo(_received);
        Unanswered -= replies;
        return (replies, ok);
    }

    public void Dispose() => _socket.Dispose();
}
