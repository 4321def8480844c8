using Ebb.Engine.Interest;
using Xunit;

namespace Ebb.Engine.Tests.Interest;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("90 s", 90_000)]
    [InlineData("30d", 2_592_000_000)]
    [InlineData(" 1.5 H ", 5_400_000)]
    [InlineData("2 min", 120_000)]
    [InlineData("2m", 120_000)]
    [InlineData("250ms", 250)]
    [InlineData("1w", 604_800_000)]
    public void TryParse_HumanUnits_AreRead(string text, double expectedMs)
    {
        Assert.True(DurationText.TryParse(text, out TimeSpan time));
        Assert.Equal(expectedMs, time.TotalMilliseconds);
        Assert.True(DurationText.TryParse(DurationText.Format(time), out TimeSpan again));
        Assert.Equal(time, again);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("d")]
    [InlineData("-5 d")]
    [InlineData("0s")]
    [InlineData("nan d")]
    [InlineData("1e300 d")]
    [InlineData("3 years")]
    public void TryParse_Other_IsRefused(string? text) => Assert.False(DurationText.TryParse(text, out _));

    [Fact]
    public void Never_ReadsAndPrints()
    {
        Assert.True(DurationText.TryParse("Never", out TimeSpan time));
        Assert.Equal(MemorySchema.Never, time);
        Assert.Equal("never", DurationText.Format(time));
    }

    [Theory]
    [InlineData(93_784_000, "26h")]
    [InlineData(1_234_567_890, "14d")]
    [InlineData(61_000, "61s")]
    [InlineData(10_000_000_000, "120d")]
    [InlineData(3, "3ms")]
    public void Round_AnyTime_IsShort(double ms, string expected) =>
        Assert.Equal(expected, DurationText.Format(DurationText.Round(TimeSpan.FromMilliseconds(ms))));
}
