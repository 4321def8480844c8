using System.Numerics;

namespace Ebb.Engine.Diagnostics;

/// <summary>
/// Counts of values by power of two: bucket b holds what is above 2^(b−1) and at most 2^b, bucket 0 what is at most 1.
/// One writer; read by anyone a little late. A quantile is the upper end of its bucket, so at most twice too high.
/// </summary>
internal sealed class PowerBuckets
{
    public const int Count = 32;

    private readonly long[] _counts = new long[Count];

    /// <summary>Sum of all values.</summary>
    public long Total { get; private set; }

    /// <summary>The largest value that falls into the bucket.</summary>
    public static long UpTo(int bucket) => 1L << bucket;

    /// <param name="times">How often the value counts.</param>
    public void Add(long value, int times = 1)
    {
        int bucket = value <= 1 ? 0 : Math.Min(BitOperations.Log2((ulong)(value - 1)) + 1, Count - 1);
        _counts[bucket] += times;
        Total += Math.Max(value, 0) * times;
    }

    /// <summary>How many values there were.</summary>
    public long Sum()
    {
        long sum = 0;
        for (int bucket = 0; bucket < Count; bucket++)
        {
            sum += this[bucket];
        }

        return sum;
    }

    public long this[int bucket] => Volatile.Read(ref _counts[bucket]);

    /// <summary>The upper end of the bucket that holds this share of all values; 0 when there are none.</summary>
    public static long Quantile(IReadOnlyList<PowerBuckets> all, double share)
    {
        long[] counts = new long[Count];
        foreach (PowerBuckets buckets in all)
        {
            for (int bucket = 0; bucket < Count; bucket++)
            {
                counts[bucket] += buckets[bucket];
            }
        }

        double rank = share * counts.Sum();
        long seen = 0;
        for (int bucket = 0; bucket < Count; bucket++)
        {
            seen += counts[bucket];
            if (seen > 0 && seen >= rank)
            {
                return UpTo(bucket);
            }
        }

        return 0;
    }
}
