using Ebb.Engine.Batching;
using Xunit;

namespace Ebb.Engine.Tests.Batching;

/// <summary>Timestamps here are milliseconds of a clock that the test turns.</summary>
public sealed class WaitSteeringTests
{
    private const int IntervalMs = 100;

    private readonly WaitSteering _steering = new(TimeSpan.FromMilliseconds(10), ticksPerSecond: 1000);
    private long _now = 5000;

    [Fact]
    public void IsLate_OnlyPastTheBound()
    {
        Assert.False(_steering.IsLate(10));
        Assert.True(_steering.IsLate(11));
        Assert.False(new WaitSteering(TimeSpan.MaxValue, 1_000_000_000).IsLate(long.MaxValue));
    }

    [Fact]
    public void Share_MoreThanOneListInAHundredLate_IsLessAfterTheInterval()
    {
        Begin();
        _steering.Answered(900, 9, _now + 50);
        _steering.Answered(100, 2, _now + 99);
        Assert.Equal(1, _steering.Share);
        Interval(100, 0);
        Assert.Equal(1, _steering.Share);

        // 5 % for each hundredth above the one that may be late, and never more than half.
        Interval(1000, 20);
        Assert.Equal(1 / 1.05, _steering.Share, 12);
        Interval(1000, 40);
        Assert.Equal(Math.Pow(1.05, -4), _steering.Share, 12);
        Interval(100, 100);
        Assert.Equal(Math.Pow(1.05, -4) / 2, _steering.Share, 12);
    }

    [Fact]
    public void Share_OneInAHundredLateOrOneAlone_Stays()
    {
        Begin();
        Interval(1000, 10);
        Interval(1, 1);
        Interval(20, 1);
        Assert.Equal(1, _steering.Share);
        Interval(100, 2);
        Assert.Equal(1 / 1.05, _steering.Share, 12);
    }

    [Fact]
    public void Share_AllLateForEver_EndsAtTheFloor()
    {
        Begin();
        for (int interval = 0; interval < 100; interval++)
        {
            Interval(500, 500);
            Assert.InRange(_steering.Share, WaitSteering.ShareMin, 0.5);
        }

        Assert.Equal(WaitSteering.ShareMin, _steering.Share);
    }

    [Fact]
    public void Share_StallsThatMakeOneListInAHundredLate_AreForgiven()
    {
        // Every tenth interval 8 of a hundred: less than one in a hundred in all.
        Begin();
        for (int interval = 0; interval < 200; interval++)
        {
            Interval(500, interval % 10 == 0 ? 40 : 0);
            Assert.InRange(_steering.Share, 0.7, 1);
        }
    }

    [Fact]
    public void Share_CalmAgain_GrowsSlowlyUpToTheConfiguredBound()
    {
        Begin();
        for (int interval = 0; interval < 20; interval++)
        {
            Interval(500, 500);
        }

        double share = WaitSteering.ShareMin;
        for (int interval = 0; interval < 56; interval++)
        {
            Interval(1, 0);
            share *= 1.05;
            Assert.Equal(share, _steering.Share, 9);
        }

        for (int interval = 0; interval < 3; interval++)
        {
            Interval(1, 0);
        }

        Assert.Equal(1, _steering.Share);
    }

    [Fact]
    public void Share_NothingAnswered_Stays()
    {
        Begin();
        Interval(500, 500);
        double before = _steering.Share;

        // However long nobody asked, and nothing before the interval is over.
        _now += 1_000_000;
        Assert.Equal(before, _steering.Share);
        Interval(0, 0);
        Assert.Equal(before, _steering.Share);
        Interval(10, 0);
        Assert.Equal(before * 1.05, _steering.Share, 12);
        _steering.Answered(10, 10, _now + IntervalMs - 1);
        Assert.Equal(before * 1.05, _steering.Share, 12);
    }

    [Fact]
    public void Answered_OfManyThreads_CountsEachListOnce()
    {
        Begin();
        long within = _now + 1;
        Parallel.For(0, 1000, _ => _steering.Answered(10, 0, within));
        Assert.Equal(1, _steering.Share);

        // 10,000 in time and 90 late are no reason; 90 late of 90 would be.
        Interval(90, 90);
        Assert.Equal(1, _steering.Share);
    }

    // The first answer of all begins the intervals.
    private void Begin() => _steering.Answered(1, 0, _now);

    private void Interval(int count, int lateCount)
    {
        _now += IntervalMs;
        _steering.Answered(count, lateCount, _now);
    }
}
