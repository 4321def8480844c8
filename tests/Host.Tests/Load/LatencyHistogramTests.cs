using Ebb.Bench.Load;
using Xunit;

namespace Ebb.Host.Tests.Load;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void BucketOf_EveryPowerOfTwoAndItsNeighbours_ContainsTheValueToThreeDigits()
    {
        for (int bit = 0; bit < 40; bit++)
        {
            foreach (long value in new[] { (1L << bit) - 1, 1L << bit, (1L << bit) + 1, (1L << bit) + (1L << bit) / 3 })
            {
                int bucket = LatencyHistogram.BucketOf(value);
                long highest = LatencyHistogram.HighestOf(bucket);
                Assert.True(highest >= value, $"{value} in bucket {bucket} up to {highest}");
                Assert.True(highest - value <= value / 1024.0, $"{value} is told as {highest}");
                Assert.True(bucket == 0 || LatencyHistogram.HighestOf(bucket - 1) < value);
            }
        }
    }

    [Fact]
    public void ValueAt_RandomValues_AgreesWithTheSortedList()
    {
        var random = new Random(42);
        var histogram = new LatencyHistogram();
        long[] values = [.. Enumerable.Range(0, 10_000).Select(_ => (long)Math.Exp(random.NextDouble() * 25))];
        foreach (long value in values)
        {
            histogram.Record(value);
        }

        Array.Sort(values);
        foreach (double share in new[] { 0.001, 0.5, 0.9, 0.99, 0.999, 1 })
        {
            long exact = values[(int)Math.Ceiling(share * values.Length) - 1];
            Assert.InRange(histogram.ValueAt(share), exact, exact + (exact / 1024.0));
        }

        Assert.Equal(values[^1], histogram.Max);
        Assert.Equal(values.Length, histogram.Count);
    }

    [Fact]
    public void ValueAt_NothingRecorded_IsZero() => Assert.Equal(0, new LatencyHistogram().ValueAt(0.99));

    [Fact]
    public void Record_OutsideTheRange_IsClamped()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(-5);
        histogram.Record(long.MaxValue);

        Assert.Equal(2, histogram.Count);
        Assert.Equal(0, histogram.ValueAt(0.5));
        Assert.Equal(LatencyHistogram.ValueMax, histogram.Max);
    }

    [Fact]
    public void Record_FromManyThreads_LosesNothing()
    {
        var histogram = new LatencyHistogram();
        Parallel.For(0, 8, worker =>
        {
            for (int index = 0; index < 10_000; index++)
            {
                histogram.Record((worker * 10_000) + index);
            }
        });

        Assert.Equal(80_000, histogram.Count);
        Assert.Equal(79_999, histogram.Max);
    }

    [Fact]
    public void Add_TwoHistograms_HasBothCounts()
    {
        var left = new LatencyHistogram();
        var right = new LatencyHistogram();
        left.Record(10);
        right.Record(1000);
        left.Add(right);

        Assert.Equal(2, left.Count);
        Assert.Equal(10, left.ValueAt(0.5));
        Assert.Equal(1000, left.Max);
    }
}
