using System.Numerics;

namespace Ebb.Bench.Load;

/// <summary>
/// Counts of values (nanoseconds) in log-linear buckets: exact below 2048, then 1024 buckets a power of two, so that a
/// value is known to 3 significant digits (relative error below 1/1024) in a fixed 260 KB. Recording is thread-safe and
/// allocates nothing; reading while others record gives a moment's blur.
/// </summary>
public sealed class LatencyHistogram
{
    /// <summary>Values up to this are told apart; larger ones count as this (18 minutes in nanoseconds).</summary>
    public const long ValueMax = (1L << 40) - 1;

    private const int LinearBits = 11;
    private const int LinearCount = 1 << LinearBits;
    private const int HalfCount = LinearCount / 2;
    private const int ExponentMax = 40 - LinearBits;

    private readonly long[] _counts = new long[LinearCount + (ExponentMax * HalfCount)];
    private long _max;

    public long Count => _counts.Sum();

    /// <summary>The largest value recorded, exactly.</summary>
    public long Max => Volatile.Read(ref _max);

    /// <param name="value">Nanoseconds.</param>
    /// <param name="times">How often it was seen.</param>
    public void Record(long value, int times = 1)
    {
        long clamped = Math.Clamp(value, 0, ValueMax);
        Interlocked.Add(ref _counts[BucketOf(clamped)], times);
        long seen = Volatile.Read(ref _max);
        while (clamped > seen)
        {
            seen = Interlocked.CompareExchange(ref _max, clamped, seen);
        }
    }

    /// <summary>
    /// The smallest bucket's highest value that at least this share of the values does not pass (nearest rank); 0 when
    /// nothing was recorded.
    /// </summary>
    public long ValueAt(double share)
    {
        long rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        long seen = 0;
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= rank)
            {
                return Math.Min(HighestOf(bucket), Max);
            }
        }

        return Max;
    }

    /// <summary>Adds another histogram's counts to this one's.</summary>
    public void Add(LatencyHistogram other)
    {
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            _counts[bucket] += other._counts[bucket];
        }

        _max = Math.Max(_max, other._max);
    }

    internal static int BucketOf(long value)
    {
        if (value < LinearCount)
        {
            return (int)value;
        }

        // The value's top eleven bits, of which the first is always one: HalfCount buckets an exponent.
        int exponent = BitOperations.Log2((ulong)value) - LinearBits + 1;
        return LinearCount + ((exponent - 1) * HalfCount) + (int)(value >> exponent) - HalfCount;
    }

    internal static long HighestOf(int bucket)
    {
        if (bucket < LinearCount)
        {
            return bucket;
        }

        int exponent = ((bucket - LinearCount) / HalfCount) + 1;
        long top = ((bucket - LinearCount) % HalfCount) + HalfCount;
        return ((top + 1) << exponent) - 1;
    }
}
