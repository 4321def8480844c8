namespace Ebb.Engine.Tests.Forgetting;

/// <summary>A clock whose timers ring when the test says so.</summary>
internal sealed class TimerClock(long nowMs) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<Timer> _timers = [];
    private long _nowMs = nowMs;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _nowMs, (long)by.TotalMilliseconds);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(Interlocked.Read(ref _nowMs));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            var timer = new Timer(() => callback(state), this);
            _timers.Add(timer);
            return timer;
        }
    }

    /// <summary>Every timer rings once.</summary>
    public void Fire()
    {
        Timer[] timers;
        lock (_gate)
        {
            timers = [.. _timers];
        }

        foreach (Timer timer in timers)
        {
            timer.Ring();
        }
    }

    private void Remove(Timer timer)
    {
        lock (_gate)
        {
            _timers.Remove(timer);
        }
    }

    private sealed class Timer(Action ring, TimerClock clock) : ITimer
    {
        public void Ring() => ring();

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => clock.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
