using Ebb.Engine.Diagnostics;
using Xunit;

namespace Ebb.Engine.Tests.Diagnostics;

public sealed class TasteMonitorTests
{
    private static readonly TasteAlarmOptions Defaults = new();

    [Fact]
    public void AlarmFrom_OfExponentialEvidence_IsTheRareHundredthAndNoLessThanChance()
    {
        var monitor = new TasteMonitor(Defaults, (_, _) => Assert.Fail("an alarm"));
        var random = new Random(42);
        Assert.True(double.IsNaN(monitor.AlarmFrom(null)));
        Assert.Equal(3, monitor.AlarmFrom(3));
        Feed(monitor, random, 2, Defaults.LearnCount);
        Assert.InRange(monitor.AlarmFrom(null), 7, 13);

        // The next stretch of lists is of users who change less: 1 in 100 by chance is what remains.
        Feed(monitor, random, 0.5, Defaults.RelearnCount);
        Assert.Equal(Math.Log(100), monitor.AlarmFrom(null), 1e-9);
    }

    [Fact]
    public void Add_WhereNothingHappens_IsNextToNoFalseAlarm()
    {
        var random = new Random(42);
        long alarms = 0;
        for (int population = 0; population < 20; population++)
        {
            var monitor = new TasteMonitor(Defaults, (_, _) => { });
            Feed(monitor, random, 1 + random.NextDouble(), 50_000);
            alarms += monitor.State.RaisedCount;
        }

        Assert.InRange(alarms, 0, 2);
    }

    [Fact]
    public void Add_MoreUsersThanUsual_IsAnAlarmThatHoldsUntilTheNewShareIsLearned()
    {
        var told = new List<(double Usual, double Sum)>();
        var monitor = new TasteMonitor(Defaults, (usual, sum) => told.Add((usual, sum)));
        var random = new Random(42);
        Feed(monitor, random, 1, 5000);
        double from = monitor.AlarmFrom(null);
        int lists = 0;
        while (monitor.State.RaisedCount == 0 && lists < 5000)
        {
            bool isFlagged = random.NextDouble() < 0.05;
            monitor.Add(isFlagged ? from + 1 : 0, isFlagged, isNew: true);
            lists++;
        }

        // 5 in 100 for 1 in 100: .05·ln 3 − .95·ln(.99/.97) = .0355 nats a list on average.
        Assert.InRange(lists, 50, 1500);
        Assert.True(monitor.State.IsActive);
        (double usual, double sum) = Assert.Single(told);
        Assert.InRange(usual, 0.005, 0.03);
        Assert.True(sum > Defaults.Threshold);
        Feed(monitor, random, 1, Defaults.HoldCount);
        Assert.False(monitor.State.IsActive);
    }

    [Fact]
    public void Add_TheSameChangeInManyActs_IsCountedForTheUserAndNotForThePopulation()
    {
        var monitor = new TasteMonitor(Defaults, (_, _) => { });
        Feed(monitor, new Random(42), 1, Defaults.LearnCount);
        long before = monitor.UserAlarms;
        for (int list = 0; list < 1000; list++)
        {
            monitor.Add(20, isFlagged: true, isNew: false);
        }

        monitor.Add(double.NaN, isFlagged: true, isNew: true);
        Assert.Equal(before + 1000, monitor.UserAlarms);
        Assert.Equal((0L, 0.0), (monitor.State.RaisedCount, monitor.State.Statistic));
    }

    [Theory]
    [InlineData(0, 3, 14)]
    [InlineData(0.5, 3, 14)]
    [InlineData(0.01, 1, 14)]
    [InlineData(0.01, 3, 0)]
    [InlineData(double.NaN, 3, 14)]
    public void Options_ThatCannotBe_AreRefused(double share, double ratio, double threshold) =>
        Assert.Throws<ArgumentException>(() => new TasteAlarmOptions
        {
            FalseShare = share,
            Ratio = ratio,
            Threshold = threshold,
        }.Check());

    private static void Feed(TasteMonitor monitor, Random random, double mean, int count)
    {
        for (int list = 0; list < count; list++)
        {
            double evidence = -mean * Math.Log(1 - random.NextDouble());
            monitor.Add(evidence, evidence >= monitor.AlarmFrom(null), isNew: true);
        }
    }
}
