using Ebb.Engine.Interest.Lifecycle.Watching;
using Xunit;

namespace Ebb.Engine.Tests.Interest.Lifecycle;

public sealed class TimingWheelTests
{
    private const int TickMs = 10;
    private const int SlotCount = 16;
    private const long Start = 1_000_000;

    [Fact]
    public void Advance_RandomSchedule_GivesEachWatchAtTheFirstTickFromItsMoment()
    {
        var random = new Random(42);
        var wheel = new TimingWheel(TickMs, SlotCount, Start);
        var dueOf = new Dictionary<PhaseWatch, (long DueMs, long AskedMs)>();
        var watches = Enumerable.Range(0, 200).Select(_ => new PhaseWatch(new Nobody())).ToArray();
        long now = Start;
        for (int step = 0; step < 3000; step++)
        {
            PhaseWatch watch = watches[random.Next(watches.Length)];
            switch (random.Next(4))
            {
                case 0:
                    wheel.Cancel(watch);
                    dueOf.Remove(watch);
                    break;
                case 1:
                    // From the past to several turns of the wheel ahead.
                    dueOf[watch] = (now + random.Next(-50, 700), now);
                    wheel.Schedule(watch, dueOf[watch].DueMs);
                    break;
                default:
                    now += random.Next(12) == 0 ? random.Next(400) : random.Next(25);
                    var due = new List<PhaseWatch>();
                    wheel.Advance(now, due);
                    Check(dueOf, due, now);
                    break;
            }

            Assert.Equal(dueOf.Count, wheel.Count);
        }
    }

    [Fact]
    public void Schedule_SaysWhetherTheWheelWasEmpty()
    {
        var wheel = new TimingWheel(TickMs, SlotCount, Start);
        var first = new PhaseWatch(new Nobody());
        Assert.True(wheel.Schedule(first, Start + 50));
        Assert.True(wheel.Schedule(first, Start + 60));
        Assert.False(wheel.Schedule(new PhaseWatch(new Nobody()), Start + 50));
        Assert.False(wheel.Schedule(new PhaseWatch(new Nobody()), long.MaxValue));
        var disposed = new PhaseWatch(new Nobody());
        disposed.Dispose();
        Assert.False(wheel.Schedule(disposed, Start + 5));
        Assert.Equal(2, wheel.Count);
    }

    [Fact]
    public void Advance_ClockGoesBack_GivesNothingAndGoesOn()
    {
        var wheel = new TimingWheel(TickMs, SlotCount, Start);
        var watch = new PhaseWatch(new Nobody());
        wheel.Schedule(watch, Start + 50);
        var due = new List<PhaseWatch>();
        wheel.Advance(Start - 5000, due);
        Assert.Empty(due);
        wheel.Advance(Start + 60, due);
        Assert.Equal([watch], due);
    }

    private static void Check(Dictionary<PhaseWatch, (long DueMs, long AskedMs)> dueOf, List<PhaseWatch> due, long now)
    {
        foreach (PhaseWatch watch in due)
        {
            Assert.True(dueOf.Remove(watch, out var taken), "given twice, or after it was cancelled");
            Assert.True(taken.DueMs <= now, "too early");
        }

        // What is left is due, or was asked for, after the last tick that has come.
        Assert.All(
            dueOf.Values,
            left => Assert.True(Math.Max(left.DueMs, left.AskedMs) > now - (2 * TickMs), "too late"));
    }

    private sealed class Nobody : IPhaseListener
    {
        public void PhasesChanged(PhaseWatch watch, IReadOnlyList<PhaseChange> changes, long atMs)
        {
        }
    }
}
