namespace Ebb.Engine.Tests.Interest;

/// <summary>Time and timers that move only when told to; they fire on the caller of AdvanceTo, once each.</summary>
internal sealed class SteppedClock(long nowMs) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<SteppedTimer> _timers = [];
    private long _nowMs = nowMs;

    /// <summary>Timers that are running.</summary>
    public int ArmedCount
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count(timer => timer.DueMs != long.MaxValue);
            }
        }
    }

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(Interlocked.Read(ref _nowMs));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SteppedTimer(this, callback, state);
        timer.Change(dueTime, period);
        lock (_lock)
        {
            _timers.Add(timer);
        }

        return timer;
    }

    public void AdvanceTo(long timeMs)
    {
        SteppedTimer[] due;
        lock (_lock)
        {
            _nowMs = Math.Max(_nowMs, timeMs);
            due = [.. _timers.Where(timer => timer.DueMs <= _nowMs)];
        }

        Array.ForEach(due, timer => timer.Fire());
    }

    private sealed class SteppedTimer(SteppedClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public long DueMs { get; private set; } = long.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            DueMs = dueTime == Timeout.InfiniteTimeSpan
                ? long.MaxValue
                : Interlocked.Read(ref clock._nowMs) + (long)dueTime.TotalMilliseconds;
            return true;
        }

        public void Fire()
        {
            Change(_period == TimeSpan.Zero ? Timeout.InfiniteTimeSpan : _period, _period);
            callback(state);
        }

        public void Dispose()
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
