namespace Ebb.Engine.Tests.Interest;

/// <summary>A clock that stands still until it is moved; timers are the system's.</summary>
internal sealed class FixedClock(long nowMs) : TimeProvider
{
    private long _nowMs = nowMs;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _nowMs, (long)by.TotalMilliseconds);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(Interlocked.Read(ref _nowMs));
}
