namespace Ebb.Engine.Threading;

/// <summary>
/// One signal that waits to be taken, for a thread that sleeps for long or often. In place of <see
/// cref="SemaphoreSlim"/>, whose waiters spin and yield first (35 × 4 rounds in .NET 10): on two processors those
/// turns are taken from who would bring the signal. Any thread sets; set twice, it is taken once.
/// </summary>
internal sealed class WakeSignal
{
    private readonly object _gate = new();
    private bool _isSet;
    private bool _isClosed;

    public void Set()
    {
        // Most are set while the one before waits to be taken. What was made ready before must be seen by who takes
        // that one: made ready, then looked at here; there taken, then looked for.
        Interlocked.MemoryBarrier();
        if (!Volatile.Read(ref _isSet))
        {
            lock (_gate)
            {
                _isSet = true;
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Nobody waits any more.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Takes the signal; false: closed, and not set.</summary>
    public bool Wait() => Wait(Timeout.InfiniteTimeSpan);

    /// <summary>Takes the signal; false: not set within the time, or before it was closed.</summary>
    public bool Wait(TimeSpan time)
    {
        bool isEndless = time == Timeout.InfiniteTimeSpan;
        long deadline = Environment.TickCount64 + Milliseconds(time);
        lock (_gate)
        {
            while (!_isSet && !_isClosed)
            {
                int left = isEndless
                    ? Timeout.Infinite
                    : (int)Math.Clamp(deadline - Environment.TickCount64, 0, int.MaxValue);
                if (left == 0 || !Monitor.Wait(_gate, left))
                {
                    break;
                }
            }

            bool isTaken = _isSet;
            _isSet = false;
            Interlocked.MemoryBarrier();
            return isTaken;
        }
    }

    private static long Milliseconds(TimeSpan time) =>
        (long)Math.Min(int.MaxValue, Math.Ceiling(time.TotalMilliseconds));
}
