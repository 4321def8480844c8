using Ebb.Engine.Interest.Trends;
using Xunit;

namespace Ebb.Engine.Tests.Interest.Trends;

public sealed class DemandHoursTests
{
    private const long HourMs = 3_600_000;
    private const long StartMs = 1_700_000_000_000 / HourMs * HourMs;

    [Fact]
    public void LastWeek_EventsLateEarlyAndTakenOut_IsThePlainSum()
    {
        var random = new Random(42);
        var hours = new DemandHours();
        var events = new List<(long TimeMs, float Weight)>();
        long nowMs = StartMs;
        for (int step = 0; step < 3000; step++)
        {
            nowMs += random.Next((int)HourMs);

            // Now and then a gap of days, and events up to a day late; whole weights add up without rounding.
            nowMs += random.Next(200) == 0 ? random.Next(1, 20) * 24 * HourMs : 0;
            (long TimeMs, float Weight) added = (nowMs - random.NextInt64(24 * HourMs), random.Next(1, 5));
            hours.Add(added.TimeMs, added.Weight);
            events.Add(added);
            if (random.Next(10) == 0)
            {
                int taken = random.Next(Math.Max(0, events.Count - 50), events.Count);
                hours.Remove(events[taken].TimeMs, events[taken].Weight);
                events.RemoveAt(taken);
            }

            // At a full hour no hour counts in part.
            long askedMs = (nowMs / HourMs * HourMs) + HourMs;
            double expected = events.Where(one => one.TimeMs >= askedMs - (7 * 24 * HourMs)).Sum(one => one.Weight);
            Assert.Equal(expected, hours.LastWeek(askedMs), 1e-6);
        }
    }

    [Fact]
    public void LastWeek_InTheMiddleOfAnHour_TakesTheFirstHourByItsShare()
    {
        var hours = new DemandHours();
        hours.Add(StartMs, 8);
        hours.Add(StartMs + (7 * 24 * HourMs), 1);

        Assert.Equal(1 + (8 * 0.75), hours.LastWeek(StartMs + (7 * 24 * HourMs) + (HourMs / 4)), 1e-9);
        Assert.Equal(0, new DemandHours().LastWeek(StartMs));
    }

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        var hours = new DemandHours { WholeFromMs = StartMs };
        hours.Add(StartMs + (5 * HourMs), 3);
        var bytes = new List<byte>();
        hours.Write(bytes);
        ReadOnlySpan<byte> rest = [.. bytes, 9];
        var again = new DemandHours();

        again.Read(ref rest);

        Assert.Equal(1, rest.Length);
        Assert.Equal(StartMs, again.WholeFromMs);
        Assert.Equal(3, again.LastWeek(StartMs + (6 * HourMs)));
    }
}
