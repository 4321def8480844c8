namespace Ebb.Engine.Batching;

/// <summary>
/// How much of the bound for lists is in use, so that the bound holds for how long they really took and not only for
/// what was foretold. After each interval the share is multiplied by e^(gain·(1 % − share of late lists)): it settles
/// where one list in a hundred takes longer than the bound from hand-over to answer (the tracking of a quantile by
/// Robbins and Monro, of the logarithm). A single stall costs little. Any thread; no
/// lock.
/// </summary>
internal sealed class WaitSteering
{
    /// <summary>Of the configured bound, at least.</summary>
    public const double ShareMin = 1.0 / 16;

    private const double IntervalSeconds = 0.1;
    private const double LateShareAim = 0.01;

    // Without late lists 5 % more an interval: from the least to the whole bound in six seconds.
    private const double More = 1.05;

    // An interval says no more than that, however late its lists were.
    private const double LessMax = 0.5;

    // One late list among few says nothing about one in a hundred.
    private const int LateCountMin = 2;

    private static readonly double Gain = Math.Log(More) / LateShareAim;

    private readonly long _lateTicks;
    private readonly long _intervalTicks;
    private long _endsAt;
    private int _count;
    private int _lateCount;
    private double _share = 1;

    /// <param name="waitMax">The bound.</param>
    /// <param name="ticksPerSecond">Of the timestamps.</param>
    public WaitSteering(TimeSpan waitMax, long ticksPerSecond)
    {
        double ticks = waitMax.TotalSeconds * ticksPerSecond;
        _lateTicks = ticks < long.MaxValue ? (long)ticks : long.MaxValue;
        _intervalTicks = (long)(IntervalSeconds * ticksPerSecond);
    }

    /// <summary>Of the configured bound, in use.</summary>
    public double Share => Volatile.Read(ref _share);

    public bool IsLate(long tookTicks) => tookTicks > _lateTicks;

    /// <summary>Lists that were answered together at a moment, and how many of them were late.</summary>
    public void Answered(int count, int lateCount, long now)
    {
        Interlocked.Add(ref _count, count);
        Interlocked.Add(ref _lateCount, lateCount);
        long endsAt = Volatile.Read(ref _endsAt);
        if (now < endsAt || Interlocked.CompareExchange(ref _endsAt, now + _intervalTicks, endsAt) != endsAt)
        {
            return;
        }

        // One thread an interval comes here; what others add meanwhile counts in this interval or in the next.
        int of = Interlocked.Exchange(ref _count, 0);
        int late = Interlocked.Exchange(ref _lateCount, 0);
        if (of == 0)
        {
            return;
        }

        double lateShare = late >= LateCountMin ? (double)late / of : 0;
        double factor = Math.Max(LessMax, Math.Exp(Gain * (LateShareAim - lateShare)));
        Volatile.Write(ref _share, Math.Clamp(Share * factor, ShareMin, 1));
    }
}
