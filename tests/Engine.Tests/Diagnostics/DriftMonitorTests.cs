using Ebb.Engine.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Ebb.Engine.Tests.Diagnostics;

public sealed class DriftMonitorTests
{
    private static readonly DriftAlarmOptions Defaults = new();

    [Fact]
    public void Add_StationaryPopulations_RaiseNextToNoFalseAlarm()
    {
        // 40 populations of 2,500 blocks each, all with another level of their own, of δ's that are far from normal.
        var random = new Random(42);
        long alarms = 0;
        for (int population = 0; population < 40; population++)
        {
            var monitor = new DriftMonitor(Defaults, NullLogger.Instance);
            double level = 0.02 + (0.3 * random.NextDouble());
            for (int block = 0; block < 2_500; block++)
            {
                monitor.Add(Block(random, level, 32));
            }

            alarms += monitor.State.RaisedCount;
        }

        Assert.InRange(alarms, 0, 4);
    }

    [Theory]
    [InlineData(1.1)]
    [InlineData(1.3)]
    [InlineData(2.0)]
    public void Add_PlantedDrift_IsAlarmedOnceAndSoon(double factor)
    {
        var random = new Random(42);
        var monitor = new DriftMonitor(Defaults, NullLogger.Instance);
        Feed(monitor, random, 0.2, 500);
        Assert.Equal(0, monitor.State.RaisedCount);
        int blocks = 0;
        while (monitor.State.RaisedCount == 0 && blocks < 200)
        {
            Feed(monitor, random, 0.2 * factor, 1);
            blocks++;
        }

        // At 256 δ's a block the mean's deviation is a sixteenth of δ's own, which is the level's.
        double deviations = (factor - 1) * 16;
        Assert.InRange(blocks, 1, 5 + (3 * Defaults.Threshold / (deviations - Defaults.Slack)));
        Assert.True(monitor.State.IsActive);
        Feed(monitor, random, 0.2 * factor, 500);
        Assert.Equal((1, false), (monitor.State.RaisedCount, monitor.State.IsActive));
    }

    [Fact]
    public void Add_AFall_IsNoAlarm()
    {
        var random = new Random(42);
        var monitor = new DriftMonitor(Defaults, NullLogger.Instance);
        Feed(monitor, random, 0.2, 200);
        Feed(monitor, random, 0.1, 200);
        Assert.Equal((0L, 0.0), (monitor.State.RaisedCount, monitor.State.Statistic));
    }

    [Fact]
    public void Reset_LearnsTheLevelAnew()
    {
        var random = new Random(42);
        var monitor = new DriftMonitor(Defaults, NullLogger.Instance);
        Feed(monitor, random, 0.2, 200);
        monitor.Reset();
        Feed(monitor, random, 0.4, 200);
        Assert.Equal(0, monitor.State.RaisedCount);
    }

    [Fact]
    public void Counters_BlocksHistogramAndUserAlarms()
    {
        var options = new DriftAlarmOptions { BlockCount = 10, BaselineBlockCount = 2, Threshold = 1 };
        var monitor = new DriftMonitor(options, NullLogger.Instance);
        var counters = new DriftCounters(monitor);
        for (int index = 0; index < 2000; index++)
        {
            counters.Add(index % 200 == 199 ? 0.7 : 0.015, null);
        }

        counters.Add(double.NaN, 0);
        Assert.Equal(2000, counters.Total);
        Assert.Equal((1990, 10), (counters[4], counters[12]));
        Assert.Equal(0.02, DriftCounters.Quantile([counters], 0.5, 1));
        Assert.Equal(0.8, DriftCounters.Quantile([counters], 0.999, 1));
        Assert.True(double.IsNaN(DriftCounters.Quantile([counters], 0.5, 3000)));
        Assert.Equal(0.02, counters.AlarmFrom(null));

        // Only the rare ones after the thousandth count without a threshold; with one, every list that is past it.
        Assert.Equal(5, counters.UserAlarms);
        counters.Add(0.5, 0.5);
        counters.Add(0.49, 0.5);
        Assert.Equal(6, counters.UserAlarms);
    }

    [Theory]
    [InlineData(0, 64, 1)]
    [InlineData(256, 1, 1)]
    [InlineData(256, 64, 0)]
    public void Options_ThatCannotBe_AreRefused(int blocks, int baseline, double threshold) =>
        Assert.Throws<ArgumentException>(() => new DriftAlarmOptions
        {
            BlockCount = blocks,
            BaselineBlockCount = baseline,
            Threshold = threshold,
        }.Check());

    private static void Feed(DriftMonitor monitor, Random random, double level, int blockCount)
    {
        for (int block = 0; block < blockCount; block++)
        {
            monitor.Add(Block(random, level, Defaults.BlockCount));
        }
    }

    // Exponential δ's: most users hardly move, some far.
    private static double Block(Random random, double level, int count)
    {
        double sum = 0;
        for (int index = 0; index < count; index++)
        {
            sum += -level * Math.Log(1 - random.NextDouble());
        }

        return sum / count;
    }
}
