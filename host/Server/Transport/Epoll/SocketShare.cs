using Microsoft.AspNetCore.Connections;

namespace Ebb.Server.Transport.Epoll;

/// <summary>
/// A share of the sockets, with the set that tells which of them are ready. One loop serves it at a time and hands it
/// on by itself; entering and leaving are for any thread.
/// </summary>
/// <param name="number">Which share it is: below the number of loops.</param>
/// <param name="eventCountMax">Sockets that its set tells of at once.</param>
/// <param name="buffers">Where readers give back what they had kept.</param>
internal sealed class SocketShare(int number, int eventCountMax, ReceiveBuffers buffers) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Stack<int> _free = new();
    private EpollConnection?[] _connections = new EpollConnection?[64];
    private int _slotCount;
    private uint _generation;
    private long _bytesReceived;

    public int Number => number;

    public EpollSet Set { get; } = new(eventCountMax);

    /// <summary>Of all its sockets, ever. Any thread.</summary>
    public long BytesReceived => Volatile.Read(ref _bytesReceived);

    /// <summary>From the loop that serves it.</summary>
    public void CountReceived(int byteCount) => Volatile.Write(ref _bytesReceived, _bytesReceived + byteCount);

    /// <summary>The number under which the set tells of the connection; of one that has gone nothing is told.</summary>
    public ulong Enter(EpollConnection connection)
    {
        lock (_lock)
        {
            if (!_free.TryPop(out int slot))
            {
                slot = _slotCount++;
                if (slot == _connections.Length)
                {
                    var grown = new EpollConnection?[slot * 2];
                    _connections.CopyTo(grown, 0);
                    Volatile.Write(ref _connections, grown);
                }
            }

            _connections[slot] = connection;

            // Generation 0 is of sets within a set.
            _generation = Math.Max(1, unchecked(_generation + 1));
            return ((ulong)_generation << 32) | (uint)slot;
        }
    }

    public void Leave(ulong token)
    {
        lock (_lock)
        {
            int slot = (int)(uint)token;
            _connections[slot] = null;
            _free.Push(slot);
        }
    }

    /// <summary>Null: gone since the set told of it, and the slot perhaps another's.</summary>
    public EpollConnection? Find(ulong token)
    {
        var connection = Volatile.Read(ref _connections)[(uint)token];
        return connection?.Token == token ? connection : null;
    }

    public void GiveBack(byte[] buffer) => buffers.GiveBack(buffer);

    /// <summary>
    /// A stop that ran out of time: whoever still waits is told the end. From the loop that serves it.
    /// </summary>
    public void EndAll()
    {
        foreach (var connection in Volatile.Read(ref _connections))
        {
            connection?.Abort(new ConnectionAbortedException());
            connection?.OnReady(Readiness.HungUp, buffers.Take());
        }
    }

    public void Dispose() => Set.Dispose();
}
