namespace Ebb.Engine.Catalogue;

/// <summary>
/// Rings when the next window of an item opens or closes. One timer; Set may be called from any thread, the ring comes
/// on a timer thread and may come early or twice.
/// </summary>
internal sealed class ShelfClock : IDisposable
{
    // A timer takes 49 days at most, and a clock may be set: far moments are looked at again.
    private static readonly TimeSpan WaitMax = TimeSpan.FromHours(1);

    private readonly TimeProvider _clock;
    private readonly ITimer _timer;

    public ShelfClock(TimeProvider clock, Action ring)
    {
        _clock = clock;
        _timer = clock.CreateTimer(_ => ring(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public long NowMs => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>long.MaxValue: never.</summary>
    public void Set(long momentMs)
    {
        TimeSpan wait = momentMs == long.MaxValue
            ? Timeout.InfiniteTimeSpan
            : TimeSpan.FromMilliseconds(Math.Clamp(momentMs - NowMs, 1, WaitMax.TotalMilliseconds));
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();
}
