using System.Net.Sockets;

namespace Ebb.Bench.Wire;

/// <summary>The bytes of Ebb's requests, to a server that only sends back what it gets.</summary>
internal sealed class EchoTraffic(EbbTraffic requests) : INumberedTraffic
{
    private readonly int _requestBytes = requests.RequestBytesMax;

    public int RequestBytesMax => _requestBytes;

    public ulong LastNumber => requests.LastNumber;

    public void Greet(Socket socket)
    {
    }

    public int WriteRequest(Span<byte> target) => requests.WriteRequest(target);

    public ulong NumberOf(ReadOnlySpan<byte> reply) => requests.NumberOf(reply);

    public void SetTime(long nowMs) => requests.SetTime(nowMs);

    public int TakeReply(ReadOnlySpan<byte> received, out bool isOk)
    {
        isOk = true;
        return received.Length >= _requestBytes ? _requestBytes : 0;
    }
}
