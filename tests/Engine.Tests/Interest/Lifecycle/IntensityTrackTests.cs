using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Lifecycle;
using Xunit;

namespace Ebb.Engine.Tests.Interest.Lifecycle;

public sealed class IntensityTrackTests
{
    private const long T = 1_700_000_000_000;

    private static readonly PhaseRule Minutes = new()
    {
        HalfLife = TimeSpan.FromSeconds(1),
        PeakFrom = 0.7,
        ExpiredBelow = 0.1,
    };

    [Fact]
    public void PhaseAt_RandomEvents_IsThatOfThePlainSum()
    {
        var random = new Random(42);
        var counts = new int[4];
        for (int round = 0; round < 2000; round++)
        {
            (double Weight, long TimeMs)[] events = Events(random);
            IntensityTrack track = Track(events, Minutes);
            long now = events.Max(act => act.TimeMs) + random.Next(round % 2 == 0 ? 6000 : 600);
            InterestPhase expected = PhaseReference.Phase(events, now, Minutes);
            Assert.Equal(expected, track.PhaseAt(now, Minutes));
            counts[(int)expected]++;
        }

        Assert.All(counts, count => Assert.True(count > 60, "a phase is hardly ever met"));
    }

    [Fact]
    public void NextChangeMs_RandomEvents_IsTheFirstMillisecondOfAnotherPhase()
    {
        var random = new Random(42);
        int changeCount = 0;
        for (int round = 0; round < 300; round++)
        {
            (double Weight, long TimeMs)[] events = Events(random);
            IntensityTrack track = Track(events, Minutes);
            long now = events.Max(act => act.TimeMs) + random.Next(2000);
            long next = track.NextChangeMs(now, Minutes);
            InterestPhase phase = track.PhaseAt(now, Minutes);
            Assert.Equal(phase == InterestPhase.Expired, next == long.MaxValue);
            for (long at = now; at < Math.Min(next, now + 20_000); at++)
            {
                Assert.Equal(phase, track.PhaseAt(at, Minutes));
            }

            if (next != long.MaxValue)
            {
                Assert.NotEqual(phase, track.PhaseAt(next, Minutes));
                changeCount++;
            }
        }

        Assert.True(changeCount > 100);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(1e5)]
    [InlineData(1e9)]
    [InlineData(1e12)]
    public void NextChangeMs_OneEvent_IsTheClosedForm(double halfLifeMs)
    {
        PhaseRule rule = Minutes with { HalfLife = TimeSpan.FromMilliseconds(halfLifeMs) };
        IntensityTrack track = Track([(2, T)], rule);

        // A first event is above all before it, until it has lost three tenths; then it fades to a tenth.
        long toFading = track.NextChangeMs(T, rule);
        Assert.Equal(T + (halfLifeMs * Math.Log2(1 / 0.7)), toFading, 1.0 + (halfLifeMs * 1e-9));
        Assert.Equal(InterestPhase.Fading, track.PhaseAt(toFading, rule));
        long toExpired = track.NextChangeMs(toFading, rule);
        Assert.Equal(T + (halfLifeMs * Math.Log2(10)), toExpired, 1.0 + (halfLifeMs * 1e-9));
        Assert.Equal(InterestPhase.Expired, track.PhaseAt(toExpired, rule));
        Assert.Equal(long.MaxValue, track.NextChangeMs(toExpired, rule));
    }

    [Fact]
    public void PhaseAt_TheFourPhases_InTheirOrder()
    {
        // Peak 2 (two at once), then after 2 s (half a unit left) one more: 1.5, three quarters of the peak.
        IntensityTrack track = Track([(1, T), (1, T), (1, T + 2000)], Minutes);
        Assert.Equal((2.0, 2.0), (track.Peak, track.PastPeak));
        Assert.Equal(InterestPhase.Peak, track.PhaseAt(T + 2000, Minutes));
        Assert.Equal(InterestPhase.Fading, track.PhaseAt(T + 3000, Minutes));
        Assert.Equal(InterestPhase.Expired, track.PhaseAt(T + 6000, Minutes));
        Assert.Equal(InterestPhase.Rising, Track([(1, T), (1, T)], Minutes).PhaseAt(T, Minutes));
    }

    [Fact]
    public void PhaseAt_DislikesAlone_AreExpiredForGood()
    {
        IntensityTrack track = Track([(-1, T), (-2, T + 10)], Minutes);
        Assert.Equal(InterestPhase.Expired, track.PhaseAt(T + 10, Minutes));
        Assert.Equal(long.MaxValue, track.NextChangeMs(T + 10, Minutes));
    }

    [Fact]
    public void Never_KeepsItsPhase()
    {
        PhaseRule rule = Minutes with { HalfLife = MemorySchema.Never };
        IntensityTrack track = Track([(1, T), (1, T + 5)], rule);
        Assert.Equal(InterestPhase.Rising, track.PhaseAt(T + 1_000_000_000, rule));
        Assert.Equal(long.MaxValue, track.NextChangeMs(T + 5, rule));
    }

    private static (double Weight, long TimeMs)[] Events(Random random)
    {
        // In log order; one in five comes late, one in six takes away.
        var events = new (double, long)[1 + random.Next(12)];
        long time = T;
        for (int index = 0; index < events.Length; index++)
        {
            time += random.Next(1500);
            long late = random.Next(5) == 0 ? random.Next(3000) : 0;
            events[index] = (random.Next(6) == 0 ? -0.7 : 1 + random.NextDouble(), time - late);
        }

        return events;
    }

    private static IntensityTrack Track((double Weight, long TimeMs)[] events, PhaseRule rule)
    {
        var track = default(IntensityTrack);
        foreach ((double weight, long timeMs) in events)
        {
            track.Add(weight, timeMs, MemorySchema.HalfLifeMs(rule.HalfLife));
        }

        return track;
    }
}
