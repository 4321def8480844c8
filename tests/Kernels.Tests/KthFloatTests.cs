using Ebb.Kernels.TopK;
using Xunit;

namespace Ebb.Kernels.Tests;

public sealed class KthFloatTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(8, 8)]
    [InlineData(500, 10)]
    [InlineData(1000, 100)]
    [InlineData(1001, 1000)]
    public void Find_RandomFloats_AboutKReachIt(int count, int k)
    {
        var random = new Random(42);
        for (int round = 0; round < 50; round++)
        {
            float scale = MathF.Pow(10, random.Next(-30, 30));
            float[] values = [.. Enumerable.Range(0, count).Select(_ => ((random.NextSingle() * 2) - 1) * scale)];
            float kth = values.OrderDescending().ElementAt(k - 1);

            float found = KthFloat.Find(values, k, float.NegativeInfinity);

            Assert.True(found <= kth, $"{found} is above the {k}-th best, {kth}");
            Assert.Equal(values.Count(value => value >= found), KthFloat.CountFrom(values, found));
            Assert.InRange(values.Count(value => value >= found), k, k + (k / 16));
        }
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(-3.5f)]
    [InlineData(float.Epsilon)]
    [InlineData(float.MaxValue)]
    [InlineData(float.MinValue)]
    public void Find_EqualFloats_IsTheirValue(float value)
    {
        float[] values = [.. Enumerable.Repeat(value, 77)];

        Assert.Equal(value, KthFloat.Find(values, 5, float.NegativeInfinity));
    }

    [Fact]
    public void Find_FewerThanKReachWhatIsKnown_ItStays()
    {
        float[] values = [1, 2, 3, float.NegativeInfinity];

        Assert.Equal(1.5f, KthFloat.Find(values, 3, 1.5f));
        Assert.Equal(2f, KthFloat.Find(values, 2, 1.5f));
        Assert.Equal(9f, KthFloat.Find([], 1, 9f));
        Assert.Equal(float.NegativeInfinity, KthFloat.Find(values, 4, float.NegativeInfinity));
    }

    [Fact]
    public void CountFrom_Infinities_AreCounted()
    {
        float[] values = [.. Enumerable.Repeat(float.PositiveInfinity, 9), 1, float.NegativeInfinity];

        Assert.Equal(9, KthFloat.CountFrom(values, float.PositiveInfinity));
        Assert.Equal(11, KthFloat.CountFrom(values, float.NegativeInfinity));
    }
}
