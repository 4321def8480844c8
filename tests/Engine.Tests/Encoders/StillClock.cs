namespace Ebb.Engine.Tests.Encoders;

/// <summary>Neither the time nor the timestamp moves: a deadline ahead stays ahead by as much.</summary>
internal sealed class StillClock(long nowMs) : TimeProvider
{
    public const long Timestamp = 1_000_000_000;

    public override long TimestampFrequency => 10_000_000;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(nowMs);

    public override long GetTimestamp() => Timestamp;
}
