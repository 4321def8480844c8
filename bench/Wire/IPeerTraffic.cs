using System.Net.Sockets;

namespace Ebb.Bench.Wire;

/// <summary>What one kind of peer is sent and how its replies are told apart. Used by one thread.</summary>
internal interface IPeerTraffic
{
    /// <summary>Bytes of the longest request.</summary>
    public int RequestBytesMax { get; }

    /// <summary>What must be said on a new connection before requests. Blocking.</summary>
    public void Greet(Socket socket);

    /// <summary>Writes the next request; its length.</summary>
    public int WriteRequest(Span<byte> target);

    /// <summary>Takes one whole reply off the front; its length, or 0 when it is not all there.</summary>
    public int TakeReply(ReadOnlySpan<byte> received, out bool isOk);
}
