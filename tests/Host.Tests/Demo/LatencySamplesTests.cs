using Ebb.Server.Demo;
using Xunit;

namespace Ebb.Host.Tests.Demo;

public sealed class LatencySamplesTests
{
    [Fact]
    public void Summarise_HundredSamplesInAnyOrder_NearestRanks()
    {
        var samples = new LatencySamples();
        for (int index = 0; index < 100; index++)
        {
            // 37 and 100 have no common divisor: every value from 1 to 100 once.
            samples.Add(TimeSpan.FromMilliseconds(1 + (index * 37 % 100)));
        }

        Assert.Equal(new LatencySummary(100, 50_000, 99_000, 100_000, 100_000), samples.Summarise());
    }

    [Fact]
    public void Summarise_Nothing_IsZero() => Assert.Equal(default, new LatencySamples().Summarise());
}
