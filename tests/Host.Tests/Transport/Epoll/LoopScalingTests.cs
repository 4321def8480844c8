using Ebb.Server.Transport.Epoll;
using Xunit;

namespace Ebb.Host.Tests.Transport.Epoll;

/// <summary>The hill climb by itself, on machines of which it is known how many loops serve most.</summary>
public sealed class LoopScalingTests
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(4);

    [Theory]
    [InlineData(2, 1)]
    [InlineData(2, 2)]
    [InlineData(8, 1)]
    [InlineData(8, 4)]
    [InlineData(8, 8)]
    [InlineData(6, 6)]
    [InlineData(6, 2)]
    [InlineData(1, 1)]
    public void Next_OneCountServesMost_FindsIt(int countMax, int best)
    {
        var machine = new Machine(countMax) { BytesPerSecond = count => Hill(count, best) };
        machine.Run(TimeSpan.FromSeconds(10));
        Assert.Equal(best, machine.Count);

        // Found out by trials that become rare: in a minute it is elsewhere for a few hundredths.
        double elsewhere = machine.Run(TimeSpan.FromSeconds(60), count => count != best);
        Assert.InRange(elsewhere, 0, 0.05);
    }

    [Fact]
    public void Next_TheLoadChanges_FollowsIt()
    {
        var machine = new Machine(2) { BytesPerSecond = count => Hill(count, 1) };
        machine.Run(TimeSpan.FromSeconds(120));
        Assert.Equal(1, machine.Count);

        // Five times as much in a request, and two loops serve it better: not only when the long rest is over.
        machine.BytesPerSecond = count => 5 * Hill(count, 2);
        machine.Run(TimeSpan.FromSeconds(2));
        Assert.Equal(2, machine.Count);
    }

    // An open load comes through whatever the count, unevenly: nothing is to be gained, and nothing moves.
    [Fact]
    public void Next_EveryCountServesAll_StaysAsItIs()
    {
        var random = new Random(42);
        var machine = new Machine(2) { BytesPerSecond = _ => 1e7 * (1 + (0.02 * ((2 * random.NextDouble()) - 1))) };
        double moved = machine.Run(TimeSpan.FromSeconds(300), count => count != 2);
        Assert.Equal(2, machine.Count);
        Assert.InRange(moved, 0, 0.05);
    }

    // One loop was found best for another load; under an open one its requests would wait for each other. 18,000
    // requests a second come unevenly: 72 in a look, give or take nine.
    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    public void Next_EveryCountServesAllFromThenOn_AllLoopsServe(int countMax)
    {
        var random = new Random(43);
        var machine = new Machine(countMax) { BytesPerSecond = count => Hill(count, 1) };
        machine.Run(TimeSpan.FromSeconds(60));
        Assert.Equal(1, machine.Count);
        machine.BytesPerSecond = _ => 3e6 * (1 + (0.12 * Normal(random)));
        machine.Run(TimeSpan.FromSeconds(120));
        Assert.InRange(machine.Run(TimeSpan.FromSeconds(600), count => count != countMax), 0, 0.1);
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    [Fact]
    public void Next_HardlyBusy_TriesNothing()
    {
        var machine = new Machine(2) { BytesPerSecond = count => Hill(count, 1), BusyShare = 0.2 };
        Assert.Equal(0, machine.Run(TimeSpan.FromSeconds(60), count => count != 2));
    }

    private static double Hill(int count, int best) => 1e7 / (1 + (0.3 * Math.Abs(Math.Log2((double)count / best))));

    /// <summary>Serves at the rate of the count that it is told.</summary>
    private sealed class Machine(int countMax)
    {
        private readonly LoopScaling _scaling = new(countMax);
        private TimeSpan _now = TimeSpan.FromHours(1);
        private TimeSpan _busy;
        private double _bytes;

        public required Func<int, double> BytesPerSecond { get; set; }

        public double BusyShare { get; init; } = 0.9;

        public int Count { get; private set; }

        /// <summary>The share of the time in which the count was such a one.</summary>
        public double Run(TimeSpan time, Func<int, bool>? isSuch = null)
        {
            TimeSpan end = _now + time;
            TimeSpan such = TimeSpan.Zero;
            for (; _now < end; _now += Look)
            {
                Count = _scaling.Next(_now, (long)_bytes, _busy);
                Assert.InRange(Count, 1, countMax);
                _bytes += BytesPerSecond(Count) * Look.TotalSeconds;
                _busy += BusyShare * Look;
                such += isSuch?.Invoke(Count) == true ? Look : TimeSpan.Zero;
            }

            return such / time;
        }
    }
}
