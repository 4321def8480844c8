using System.ComponentModel;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Ebb.Server.Transport.Epoll;

/// <summary>
/// One accepted socket in one share's set, as Kestrel knows connections. Waits for readiness only while somebody waits
/// for it: a reader that is slow stops the bytes, and they stop the peer.
/// </summary>
internal sealed class EpollConnection : ConnectionContext, IDuplexPipe
{
    private static long _lastId = DateTime.UtcNow.Ticks;

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly SocketShare _share;
    private readonly EpollReader _reader;
    private readonly EpollWriter _writer;
    private Readiness _registered;
    private volatile bool _isReadWanted;
    private bool _isWriteWanted;
    private bool _isDisposed;

    public EpollConnection(Socket socket, SocketShare share)
    {
        Socket = socket;
        _share = share;
        _reader = new EpollReader(this);
        _writer = new EpollWriter(this);
        Transport = this;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;

        // The last that can fail: the share holds what has entered.
        Token = share.Enter(this);
    }

    public Socket Socket { get; }

    /// <summary>What the share's set calls it.</summary>
    public ulong Token { get; }

    public override string ConnectionId { get; set; } = Interlocked.Increment(ref _lastId).ToString("X");

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new ConnectionItems();

    public override IDuplexPipe Transport { get; set; }

    PipeReader IDuplexPipe.Input => _reader;

    PipeWriter IDuplexPipe.Output => _writer;

    /// <summary>From the loop. True: its buffer is still read elsewhere.</summary>
    public bool OnReady(Readiness ready, byte[] shared)
    {
        // An end or an error is told to whoever waits, by the call that then fails.
        bool hasEnded = (ready & (Readiness.Failed | Readiness.HungUp)) != 0;
        if (hasEnded || (ready & Readiness.Writable) != 0)
        {
            _writer.OnWritable();
        }

        return (hasEnded || (ready & Readiness.Readable) != 0) && _reader.OnReadable(shared);
    }

    /// <summary>Somebody waits for bytes now. False: the system watches no more sockets, nothing will come.</summary>
    public bool ResumeReading()
    {
        if (_isReadWanted)
        {
            return true;
        }

        lock (_lock)
        {
            _isReadWanted = true;
            return _isReadWanted = TryRegister();
        }
    }

    /// <summary>Bytes are there and nobody waits for them: no more is told until somebody does.</summary>
    public void PauseReading()
    {
        lock (_lock)
        {
            // Exchanged first, looked at then: a reader that begins to wait meanwhile sees the one or we see it.
            _isReadWanted = false;
            Interlocked.MemoryBarrier();
            _isReadWanted = _reader.IsWaiting;
            TryRegister();
        }
    }

    /// <summary>Somebody waits to send. False: as of ResumeReading.</summary>
    public bool ResumeWriting()
    {
        lock (_lock)
        {
            _isWriteWanted = true;
            return _isWriteWanted = TryRegister();
        }
    }

    /// <summary>No more is told of room, unless a writer has begun to wait meanwhile.</summary>
    public void PauseWriting()
    {
        lock (_lock)
        {
            _isWriteWanted = _writer.IsWaiting;
            TryRegister();
        }
    }

    public void GiveBack(byte[] buffer) => _share.GiveBack(buffer);

    /// <summary>From the loop.</summary>
    public void CountReceived(int byteCount) => _share.CountReceived(byteCount);

    public override void Abort(ConnectionAbortedException abortReason)
    {
        try
        {
            // Wakes the loop, and fails what waits there.
            Socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // Gone already.
        }
    }

    public override ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return default;
            }

            _isReadWanted = false;
            _isWriteWanted = false;
            TryRegister();
            _isDisposed = true;
        }

        _share.Leave(Token);
        _reader.Complete();
        Abort(new ConnectionAbortedException());
        Socket.Dispose();
        _closed.Cancel();
        _closed.Dispose();
        return default;
    }

    // Under the lock.
    private bool TryRegister()
    {
        var wanted = (_isReadWanted ? Readiness.Readable : 0) | (_isWriteWanted ? Readiness.Writable : 0);
        if (wanted == _registered || _isDisposed)
        {
            return true;
        }

        try
        {
            _share.Set.Change(Socket.SafeHandle, _registered, wanted, Token);
            _registered = wanted;
            return true;
        }
        catch (Exception failure) when (failure is ObjectDisposedException or Win32Exception)
        {
            // The loop has stopped, or the system is out of watches.
            return false;
        }
    }
}
