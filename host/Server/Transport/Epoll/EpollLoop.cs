using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Ebb.Server.Transport.Epoll;

/// <summary>
/// One thread that serves many sockets: waits until some are ready, receives from each, lets what waits for the bytes
/// go on right there, and hands over to the engine what all of them asked for together. So a lone request costs one
/// receive, one send and its share of a wait, and requests of many connections share a batch.
/// </summary>
internal sealed class EpollLoop : IDisposable
{
    /// <summary>Sockets served between two hand-overs: more would keep the first one waiting for its answer.</summary>
    private const int EventCountMax = 64;

    private const int ReceiveBytes = 64 << 10;
    private const int SpareCountMax = 64;

    private readonly EpollSet _set = new(EventCountMax);
    private readonly (ulong Token, Readiness Ready)[] _ready = new (ulong, Readiness)[EventCountMax];
    private readonly ConcurrentQueue<byte[]> _spare = new();
    private readonly Lock _lock = new();
    private readonly Stack<int> _free = new();
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private EpollConnection?[] _connections = new EpollConnection?[64];
    private int _slotCount;
    private uint _generation;
    private volatile bool _isStopping;

    // What idle connections do not need one each of.
    private byte[] _receiving;

    public EpollLoop(int number, ILogger logger)
    {
        _logger = logger;
        _receiving = NewBuffer();
        _thread = new Thread(Run) { IsBackground = true, Name = "ebb-sockets-" + number };
    }

    public EpollSet Set => _set;

    public void Start() => _thread.Start();

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
            return ((ulong)++_generation << 32) | (uint)slot;
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

    /// <summary>After the last connection has gone.</summary>
    public void Dispose()
    {
        _isStopping = true;
        _set.Wake();
        if (Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }
    }

    /// <summary>A reader is through with a buffer that it had kept. Any thread.</summary>
    public void GiveBack(byte[] buffer)
    {
        if (_spare.Count < SpareCountMax)
        {
            _spare.Enqueue(buffer);
        }
    }

    private byte[] NewBuffer() => _spare.TryDequeue(out byte[]? spare)
        ? spare
        : GC.AllocateUninitializedArray<byte>(ReceiveBytes, pinned: true);

    private void Run()
    {
        while (!_isStopping)
        {
            try
            {
                int count = _set.Wait(_ready);
                Serve(_ready.AsSpan(0, count));
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                TransportLog.LoopFailed(_logger, failure);
            }
        }

        EndAll();
        _set.Dispose();
    }

    // A stop that ran out of time: whoever still waits is told the end.
    private void EndAll()
    {
        foreach (var connection in Volatile.Read(ref _connections))
        {
            connection?.Abort(new ConnectionAbortedException());
            connection?.OnReady(Readiness.HungUp, NewBuffer());
        }
    }

    private void Serve(Span<(ulong Token, Readiness Ready)> ready)
    {
        HandoverTurn.Begin();
        try
        {
            foreach (var (token, what) in ready)
            {
                // Gone since the set told of it, and the slot perhaps another's.
                var connection = Volatile.Read(ref _connections)[(uint)token];
                if (connection is not null && connection.Token == token && connection.OnReady(what, _receiving))
                {
                    // Whoever reads is not through with it and goes on elsewhere: it is theirs now.
                    _receiving = NewBuffer();
                }
            }
        }
        finally
        {
            HandoverTurn.End();
        }
    }
}
