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

    private readonly EpollSet _set = new(EventCountMax);
    private readonly (ulong Token, Readiness Ready)[] _ready = new (ulong, Readiness)[EventCountMax];
    private readonly Lock _lock = new();
    private readonly Stack<int> _free = new();
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private EpollConnection?[] _connections = new EpollConnection?[64];
    private int _slotCount;
    private uint _generation;
    private volatile bool _isStopping;

    // What idle connections do not need one each of.
    private byte[] _receiving = NewBuffer();

    public EpollLoop(int number, ILogger logger)
    {
        _logger = logger;
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

    private static byte[] NewBuffer() => GC.AllocateUninitializedArray<byte>(ReceiveBytes, pinned: true);

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

        _set.Dispose();
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
