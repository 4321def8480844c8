using Ebb.Engine.Batching;
using Xunit;

namespace Ebb.Engine.Tests.Batching;

public sealed class ScanPressureTests
{
    [Fact]
    public void Wait_IsListsTimesPaceAndFallsAsTheyAreScanned()
    {
        var pressure = new ScanPressure(TimeSpan.FromMilliseconds(100));
        pressure.Came(1000);

        // Nobody knows a pace yet: nothing is refused on a guess.
        Assert.Equal((0, false, false), (pressure.WaitMs, pressure.IsShedding, pressure.IsFull));
        pressure.Scanned(100, elapsedMs: 50);
        Assert.Equal(450, pressure.WaitMs, 9);
        Assert.True(pressure.IsFull);
        pressure.Scanned(750, elapsedMs: 375);
        Assert.Equal(75, pressure.WaitMs, 9);
        Assert.Equal((true, false), (pressure.IsShedding, pressure.IsFull));
        pressure.Scanned(150, elapsedMs: 75);
        Assert.Equal(0, pressure.WaitMs);
        Assert.False(pressure.IsShedding);
    }

    [Fact]
    public void Pace_FollowsTheLastScansSlowly()
    {
        var pressure = new ScanPressure(TimeSpan.FromSeconds(1));
        pressure.Came(3);
        pressure.Scanned(1, elapsedMs: 10);
        pressure.Scanned(1, elapsedMs: 110);
        Assert.Equal(40, pressure.WaitMs, 9);
    }
}
