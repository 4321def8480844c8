namespace Ebb.Evaluation.Studies.Population;

/// <summary>The time of the data: what an engine caches for a second is made anew as its seconds go by.</summary>
internal sealed class StudyClock : TimeProvider
{
    private long _nowMs;

    public long NowMs
    {
        get => Volatile.Read(ref _nowMs);
        set => Volatile.Write(ref _nowMs, value);
    }

    public override long TimestampFrequency => 1000;

    public override long GetTimestamp() => NowMs;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(NowMs);
}
