namespace Ebb.Engine.Diagnostics;

/// <summary>
/// The δ's that one partition measured for lists: a histogram, the user alarms, and the block under way for the
/// population's alarm. Written by the partition's writer alone, read by anyone a little late.
/// </summary>
internal sealed class DriftCounters(DriftMonitor monitor)
{
    public const int StepCount = 16;

    // Without this many δ's a quantile says nothing.
    private const long CountMin = 1000;
    private const double AlarmShare = 0.99;

    private readonly long[] _counts = new long[StepCount];
    private readonly DriftCounters[] _own = new DriftCounters[1];
    private double _blockSum;
    private int _blockCount;
    private double _rareFrom = double.NaN;

    /// <summary>Upper ends of the histogram's steps, inclusive.</summary>
    public static IReadOnlyList<double> UpTo { get; } =
    [
        0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1, 2, double.PositiveInfinity,
    ];

    public long UserAlarms { get; private set; }

    public long this[int step] => Volatile.Read(ref _counts[step]);

    /// <summary>
    /// δ from which a user's drift is an alarm: what the policy says, else beyond the step that holds the 99th percent
    /// of this partition's users; NaN while too few are known.
    /// </summary>
    public double AlarmFrom(double? given) => given ?? Volatile.Read(ref _rareFrom);

    public static int StepOf(double drift)
    {
        int step = 0;
        while (!(drift <= UpTo[step]) && step < StepCount - 1)
        {
            step++;
        }

        return step;
    }

    /// <summary>Counts a δ; NaN is none.</summary>
    public void Add(double drift, double? alarmFrom)
    {
        if (double.IsNaN(drift))
        {
            return;
        }

        _counts[StepOf(drift)]++;
        UserAlarms += drift >= AlarmFrom(alarmFrom) ? 1 : 0;
        _blockSum += drift;
        if (++_blockCount == monitor.BlockCount)
        {
            monitor.Add(_blockSum / _blockCount);
            _blockSum = 0;
            _blockCount = 0;
            _own[0] = this;
            _rareFrom = Quantile(_own, AlarmShare, CountMin);
        }
    }

    /// <summary>The upper end of the step that holds this share of all δ's; NaN with fewer than the count.</summary>
    public static double Quantile(ReadOnlySpan<DriftCounters> all, double share, long countMin)
    {
        long total = 0;
        foreach (DriftCounters counters in all)
        {
            total += counters.Total;
        }

        if (total < countMin || total == 0)
        {
            return double.NaN;
        }

        long seen = 0;
        for (int step = 0; step < StepCount; step++)
        {
            foreach (DriftCounters counters in all)
            {
                seen += counters[step];
            }

            if (seen >= share * total)
            {
                return UpTo[step];
            }
        }

        return double.NaN;
    }

    public long Total
    {
        get
        {
            long total = 0;
            for (int step = 0; step < StepCount; step++)
            {
                total += this[step];
            }

            return total;
        }
    }
}
