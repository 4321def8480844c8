using Ebb.Engine.Interest;
using Ebb.Server.Commands;
using Xunit;

namespace Ebb.Host.Tests.Commands;

public sealed class HumanDurationTests
{
    [Theory]
    [InlineData("90s", 90_000)]
    [InlineData("90 s", 90_000)]
    [InlineData(" 1min ", 60_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("0.5h", 1_800_000)]
    [InlineData("30d", 30 * 86_400_000L)]
    [InlineData("250ms", 250)]
    public void TryParse_NumberAndUnit_IsThatLong(string text, long ms)
    {
        Assert.True(HumanDuration.TryParse(text, out TimeSpan duration));
        Assert.Equal(ms, duration.TotalMilliseconds);
    }

    [Fact]
    public void TryParse_Never_IsNever()
    {
        Assert.True(HumanDuration.TryParse("never", out TimeSpan duration));
        Assert.Equal(MemorySchema.Never, duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("30")]
    [InlineData("d")]
    [InlineData("-1d")]
    [InlineData("0s")]
    [InlineData("NaNd")]
    [InlineData("1fortnight")]
    [InlineData("1e30d")]
    public void TryParse_NotADuration_IsRefused(string? text) => Assert.False(HumanDuration.TryParse(text, out _));

    [Fact]
    public void TryParseList_CommasAndSpaces_KeepsTheOrder()
    {
        Assert.True(HumanDuration.TryParseList("30d, 90s,never", out TimeSpan[] durations));
        Assert.Equal([TimeSpan.FromDays(30), TimeSpan.FromSeconds(90), MemorySchema.Never], durations);
        Assert.Equal("30d,90s,never", HumanDuration.Format(durations));
    }

    [Theory]
    [InlineData("30d,")]
    [InlineData(",30d")]
    [InlineData("")]
    public void TryParseList_EmptyPart_IsRefused(string text) => Assert.False(HumanDuration.TryParseList(text, out _));
}
