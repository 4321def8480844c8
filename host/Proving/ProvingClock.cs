namespace Ebb.Proving;

/// <summary>A wall clock that stands where it was set, also back. Timers and timestamps are the system's.</summary>
internal sealed class ProvingClock(long nowMs) : TimeProvider
{
    private long _nowMs = nowMs;

    public long NowMs
    {
        get => Volatile.Read(ref _nowMs);
        set => Volatile.Write(ref _nowMs, value);
    }

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(NowMs);
}
