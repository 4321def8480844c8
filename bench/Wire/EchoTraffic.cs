using System.Net.Sockets;

namespace Ebb.Bench.Wire;

/// <summary>The same bytes as another traffic's requests, to a server that only sends back what it gets.</summary>
internal sealed class EchoTraffic(IPeerTraffic requests) : IPeerTraffic
{
    private readonly int _requestBytes = requests.RequestBytesMax;

    public int RequestBytesMax => _requestBytes;

    public void Greet(Socket socket)
    {
    }

    public int WriteRequest(Span<byte> target) => requests.WriteRequest(target);

    public int TakeReply(ReadOnlySpan<byte> received, out bool isOk)
    {
        isOk = true;
        return received.Length >= _requestBytes ? _requestBytes : 0;
    }
}
