using Ebb.Server.Commands;
using Xunit;

namespace Ebb.Host.Tests.Commands;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("1", 1)]
    [InlineData("1048576", 1 << 20)]
    [InlineData("64KiB", 64 << 10)]
    [InlineData("64 kb", 64 << 10)]
    [InlineData("1.5M", 3 << 19)]
    [InlineData("4GiB", 4L << 30)]
    [InlineData("1T", 1L << 40)]
    public void TryParse_NumberAndUnit_IsThatMany(string text, long expected)
    {
        Assert.True(ByteSize.TryParse(text, out long bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("0")]
    [InlineData("-1G")]
    [InlineData("GiB")]
    [InlineData("1 parsec")]
    [InlineData("1KM")]
    [InlineData("99999999999T")]
    public void TryParse_NotASize_IsRefused(string? text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.50 KiB")]
    [InlineData(6_221_705, "5.93 MiB")]
    [InlineData(8L << 30, "8.00 GiB")]
    public void Format_Bytes_ThreeDigitsInTheLargestUnit(long bytes, string expected) =>
        Assert.Equal(expected, ByteSize.Format(bytes));
}
