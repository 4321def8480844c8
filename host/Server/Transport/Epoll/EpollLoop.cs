using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Ebb.Server.Transport.Epoll;

/// <summary>
/// One thread that serves many sockets: waits until some are ready, receives from each, lets what waits for the bytes
/// go on right there, and hands over to the engine what all of them asked for together. So a lone request costs one
/// receive, one send and its share of a wait, and requests of many connections share a batch. It serves the share of
/// its own number, and those of loops that rest meanwhile (their sets are watched in its own), or rests itself.
/// </summary>
internal sealed class EpollLoop
{
    /// <summary>Sockets of a share served between two waits: more would keep the first one waiting.</summary>
    public const int EventCountMax = 64;

    private static readonly TimeSpan WatchPause = TimeSpan.FromMilliseconds(100);

    private readonly (ulong Token, Readiness Ready)[] _ready = new (ulong, Readiness)[EventCountMax];
    private readonly (ulong Token, Readiness Ready)[] _readyOfOthers = new (ulong, Readiness)[EventCountMax];
    private readonly EpollLoops _loops;
    private readonly SocketShare _own;
    private readonly ReceiveBuffers _buffers;
    private readonly ILogger _logger;
    private readonly Thread _thread;

    // Shares on their way to this loop, and how it is told to look.
    private readonly ConcurrentQueue<SocketShare> _given = new();
    private readonly object _rest = new();
    private int _isAsked;

    // Of the thread alone, by number; its own is watched by the wait itself.
    private readonly List<SocketShare> _held = [];

    // What idle connections do not need one each of.
    private byte[] _receiving;

    public EpollLoop(EpollLoops loops, SocketShare own, ReceiveBuffers buffers, ILogger logger)
    {
        _loops = loops;
        _own = own;
        _buffers = buffers;
        _logger = logger;
        _receiving = buffers.Take();
        _held.Add(own);
        _thread = new Thread(Run) { IsBackground = true, Name = "ebb-sockets-" + own.Number };
    }

    public void Start() => _thread.Start();

    /// <summary>The share is this loop's from now on, or until it hands it on. Any thread.</summary>
    public void Give(SocketShare share)
    {
        _given.Enqueue(share);
        Ask();
    }

    /// <summary>It shall look whose its shares are now, and whether to stop. Any thread.</summary>
    public void Ask()
    {
        Interlocked.Exchange(ref _isAsked, 1);

        // It waits for the one or the other. While it rests its set is another loop's, to which a wake is nothing.
        _own.Set.Wake();
        lock (_rest)
        {
            Monitor.Pulse(_rest);
        }
    }

    public void Join()
    {
        if (Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }
    }

    private void Run()
    {
        while (!_loops.IsStopping)
        {
            try
            {
                Turn();
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                TransportLog.LoopFailed(_logger, failure);
            }
        }

        TakeGiven();
        foreach (var share in _held)
        {
            share.EndAll();
            share.Dispose();
        }
    }

    private void Turn()
    {
        if (Volatile.Read(ref _isAsked) != 0)
        {
            RearrangeOrRetry();
        }

        if (!_held.Contains(_own))
        {
            RestUntilAsked();
            return;
        }

        int count = _own.Set.Wait(_ready, EpollSet.Forever);
        long begun = _loops.IsScaledBy(_own) ? Stopwatch.GetTimestamp() : 0;
        Serve(_ready.AsSpan(0, count));
        if (begun != 0)
        {
            _loops.Scale(begun, Stopwatch.GetTimestamp());
        }
    }

    private void Serve(Span<(ulong Token, Readiness Ready)> ready)
    {
        HandoverTurn.Begin();
        try
        {
            foreach (var (token, what) in ready)
            {
                if (token < (ulong)_loops.Count)
                {
                    ServeOther(token);
                }
                else
                {
                    Serve(_own, token, what);
                }
            }
        }
        finally
        {
            HandoverTurn.End();
        }
    }

    private void ServeOther(ulong number)
    {
        var share = _loops.Share((int)number);
        int count = share.Set.Wait(_readyOfOthers, timeoutMs: 0);
        foreach (var (token, what) in _readyOfOthers.AsSpan(0, count))
        {
            Serve(share, token, what);
        }
    }

    private void Serve(SocketShare share, ulong token, Readiness what)
    {
        if (share.Find(token) is { } connection && connection.OnReady(what, _receiving))
        {
            // Whoever reads is not through with it and goes on elsewhere: it is theirs now.
            _receiving = _buffers.Take();
        }

        HandoverTurn.EndIfLong();
    }

    private void RearrangeOrRetry()
    {
        Interlocked.Exchange(ref _isAsked, 0);
        try
        {
            Rearrange();
        }
        catch
        {
            // Out of watches or memory: a share must not stay unwatched, and trying again at once would only turn.
            Interlocked.Exchange(ref _isAsked, 1);
            Thread.Sleep(WatchPause);
            throw;
        }
    }

    private void RestUntilAsked()
    {
        lock (_rest)
        {
            while (Volatile.Read(ref _isAsked) == 0)
            {
                Monitor.Wait(_rest);
            }
        }
    }

    /// <summary>
    /// Takes what was given to it, hands on what is others' now, and watches the rest beside its own.
    /// </summary>
    private void Rearrange()
    {
        TakeGiven();

        // By one count, which may change meanwhile: then it is asked again. None is watched in a set that goes itself.
        int activeCount = _loops.ActiveCount;
        var handedOn = _held.FindAll(share => _loops.OwnerOf(share, activeCount) != this);
        handedOn.ForEach(Unwatch);
        foreach (var share in handedOn)
        {
            if (_loops.TryGive(share, _loops.OwnerOf(share, activeCount)))
            {
                _held.Remove(share);
            }
        }

        if (_held.Contains(_own))
        {
            _held.ForEach(Watch);
        }
    }

    private void TakeGiven()
    {
        while (_given.TryDequeue(out var share))
        {
            _held.Add(share);
        }
    }

    private void Watch(SocketShare share)
    {
        if (share != _own)
        {
            _own.Set.Watch(share.Set, (ulong)share.Number);
        }
    }

    private void Unwatch(SocketShare share)
    {
        if (share != _own)
        {
            _own.Set.Unwatch(share.Set);
        }
    }
}
