using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Ebb.Server.Transport.Epoll;

/// <summary>
/// The loops of one listener. Share s is loop s mod n's while n of them are active; the others rest. Which n is
/// <see cref="LoopScaling"/>'s to find out, or fixed.
/// </summary>
internal sealed class EpollLoops : IDisposable
{
    // Between two looks at the scaling's clock: a fraction of its window.
    private static readonly long LookTicks = Stopwatch.Frequency / 250;

    private readonly Lock _lock = new();
    private readonly SocketShare[] _shares;
    private readonly EpollLoop[] _loops;
    private readonly LoopScaling? _scaling;
    private readonly long _start = Stopwatch.GetTimestamp();
    private volatile int _activeCount;
    private volatile bool _isStopping;
    private uint _next;

    // Of loop 0's thread, which is always active.
    private long _lookedAt;
    private long _busyTicks;

    /// <param name="count">Loops, all active at first.</param>
    /// <param name="scaling">Null: all of them stay active.</param>
    /// <param name="logger">For what fails within a loop.</param>
    public EpollLoops(int count, LoopScaling? scaling, ILogger logger)
    {
        var buffers = new ReceiveBuffers();
        _scaling = scaling;
        _activeCount = count;
        _shares = [.. Enumerable.Range(0, count).Select(at => new SocketShare(at, EpollLoop.EventCountMax, buffers))];
        _loops = [.. _shares.Select(share => new EpollLoop(this, share, buffers, logger))];
        Array.ForEach(_loops, loop => loop.Start());
    }

    public int Count => _shares.Length;

    public int ActiveCount => _activeCount;

    public bool IsStopping => _isStopping;

    public SocketShare Share(int number) => _shares[number];

    /// <summary>Where the next socket goes: dealt out in turn. For one thread.</summary>
    public SocketShare Next() => _shares[_next++ % _shares.Length];

    /// <summary>Who serves the share while so many loops are active.</summary>
    public EpollLoop OwnerOf(SocketShare share, int activeCount) => _loops[share.Number % activeCount];

    /// <summary>False: all stops, and whoever holds the share ends it.</summary>
    public bool TryGive(SocketShare share, EpollLoop owner)
    {
        lock (_lock)
        {
            if (_isStopping)
            {
                return false;
            }

            owner.Give(share);
            return true;
        }
    }

    /// <summary>How many serve from now on: 1 to Count. Any thread.</summary>
    public void Activate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        _activeCount = count;
        Array.ForEach(_loops, loop => loop.Ask());
    }

    /// <summary>Whether the loop of this share keeps the scaling's clock.</summary>
    public bool IsScaledBy(SocketShare share) => _scaling is not null && share.Number == 0;

    /// <summary>From loop 0, after a turn; both are timestamps of the stopwatch.</summary>
    public void Scale(long begun, long ended)
    {
        _busyTicks += ended - begun;
        if (ended - _lookedAt < LookTicks)
        {
            return;
        }

        _lookedAt = ended;
        long received = 0;
        foreach (var share in _shares)
        {
            received += share.BytesReceived;
        }

        int wanted = _scaling!.Next(
            Stopwatch.GetElapsedTime(_start, ended), received, Stopwatch.GetElapsedTime(0, _busyTicks));
        if (wanted != _activeCount)
        {
            Activate(wanted);
        }
    }

    /// <summary>After the last connection has gone, or when the time for that has.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isStopping = true;
        }

        Array.ForEach(_loops, loop => loop.Ask());
        Array.ForEach(_loops, loop => loop.Join());
    }
}
