namespace Ebb.Bench.Wire;

/// <summary>All connections to one peer, and which of them have bytes to read. Used by one thread.</summary>
internal sealed class PeerConnections : IDisposable
{
    private readonly Epoll _epoll = new();
    private readonly PeerConnection[] _connections;
    private readonly int[] _ready;

    public PeerConnections(WireOptions options, IPeerTraffic traffic)
    {
        _connections = new PeerConnection[options.ConnectionCount];
        _ready = new int[options.ConnectionCount];
        for (int index = 0; index < _connections.Length; index++)
        {
            _connections[index] = new PeerConnection(options, traffic);
            _epoll.Watch(_connections[index].Socket, index);
        }
    }

    public ReadOnlySpan<PeerConnection> All => _connections;

    /// <summary>Waits for at least one that can be read; how many there are, 0 when the time is over.</summary>
    public int Wait(long timeoutNanos) => _epoll.Wait(_ready, timeoutNanos);

    /// <summary>One of those that the last wait found.</summary>
    public PeerConnection Ready(int index) => _connections[_ready[index]];

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }

        _epoll.Dispose();
    }
}
