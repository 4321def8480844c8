using Ebb.Engine.Diagnostics;
using Xunit;

namespace Ebb.Engine.Tests.Diagnostics;

public sealed class PowerBucketsTests
{
    [Theory]
    [InlineData(-5, 0)]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(4, 2)]
    [InlineData(5, 3)]
    [InlineData(long.MaxValue, PowerBuckets.Count - 1)]
    public void Add_Value_FallsIntoTheBucketThatEndsAtOrAboveIt(long value, int bucket)
    {
        var buckets = new PowerBuckets();
        buckets.Add(value);
        Assert.Equal(1, buckets[bucket]);
    }

    [Fact]
    public void Quantile_OverSeveral_IsTheUpperEndOfItsBucket()
    {
        var few = new PowerBuckets();
        var many = new PowerBuckets();
        few.Add(1000);
        for (int count = 0; count < 99; count++)
        {
            many.Add(3);
        }

        Assert.Equal(4, PowerBuckets.Quantile([few, many], 0.5));
        Assert.Equal(4, PowerBuckets.Quantile([few, many], 0.99));
        Assert.Equal(1024, PowerBuckets.Quantile([few, many], 0.999));
        Assert.Equal(0, PowerBuckets.Quantile([new PowerBuckets()], 0.5));
    }
}
