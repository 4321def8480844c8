using Ebb.Engine.Interest;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

public sealed class TextFormTests
{
    [Theory]
    [InlineData("never", -1)]
    [InlineData("1ms", 1)]
    [InlineData("1.5s", 1500)]
    [InlineData("1min", 60_000)]
    [InlineData("1m", 60_000)]
    [InlineData("1H", 3_600_000)]
    [InlineData(" 30d ", 2_592_000_000)]
    [InlineData("2w", 1_209_600_000)]
    public void HalfLife_KnownForms_Parse(string text, double expectedMs)
    {
        Assert.True(DurationText.TryParse(text, out TimeSpan halfLife));
        Assert.Equal(expectedMs, halfLife.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("d")]
    [InlineData("30")]
    [InlineData("-1d")]
    [InlineData("0s")]
    [InlineData("0.1ms")]
    [InlineData("nand")]
    [InlineData("1e300d")]
    public void HalfLife_OtherText_IsRefused(string? text) => Assert.False(DurationText.TryParse(text, out _));

    [Theory]
    [InlineData("never")]
    [InlineData("30d")]
    [InlineData("36h")]
    [InlineData("1min")]
    [InlineData("90s")]
    [InlineData("1500ms")]
    public void HalfLife_Format_ReadsBack(string text)
    {
        Assert.True(DurationText.TryParse(text, out TimeSpan halfLife));
        Assert.Equal(text, DurationText.Format(halfLife));
        Assert.Equal(text == "never", halfLife == MemorySchema.Never);
    }

    [Theory]
    [InlineData("1700000000", 1_700_000_000_000)]
    [InlineData("1700000000.1236", 1_700_000_000_124)]
    [InlineData("99999999999", 99_999_999_999_000)]
    [InlineData("100000000000", 100_000_000_000)]
    [InlineData("1700000000123", 1_700_000_000_123)]
    [InlineData("2011-10-01", 1_317_427_200_000)]
    [InlineData("2011-10-01 00:00:01", 1_317_427_201_000)]
    [InlineData("2011-10-01T02:00:00+02:00", 1_317_427_200_000)]
    public void Time_SecondsMillisecondsIso_Parse(string text, long expectedMs)
    {
        Assert.True(TimeText.TryParse(text, out long timeMs));
        Assert.Equal(expectedMs, timeMs);
    }

    [Theory]
    [InlineData("")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e20")]
    [InlineData("2011-13-01")]
    public void Time_OtherText_IsRefused(string text) => Assert.False(TimeText.TryParse(text, out _));

    [Fact]
    public void Split_KnownForms_ParseAndReadBack()
    {
        foreach (string text in new[] { "protocol", "last:5", "from:2011-10-01T00:00:00Z" })
        {
            Assert.True(SplitRule.TryParse(text, out SplitRule rule));
            Assert.Equal(text, rule.ToString());
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("last:0")]
    [InlineData("last:x")]
    [InlineData("from:soon")]
    [InlineData("half")]
    public void Split_OtherText_IsRefused(string? text) => Assert.False(SplitRule.TryParse(text, out _));

    [Fact]
    public void DatasetNames_Each_ReadsBack()
    {
        foreach (DatasetKind kind in Enum.GetValues<DatasetKind>())
        {
            Assert.True(DatasetNames.TryParse(DatasetNames.Of(kind), out DatasetKind read));
            Assert.Equal(kind, read);
        }

        Assert.False(DatasetNames.TryParse("movies", out _));
    }
}
