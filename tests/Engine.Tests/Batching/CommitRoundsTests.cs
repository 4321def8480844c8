using Ebb.Engine.Batching;
using Ebb.Engine.Log;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Ebb.Engine.Tests.Batching;

public sealed class CommitRoundsTests
{
    [Fact]
    public void AreMissing_AfterARound_UntilAsManyHaveComeToAnyPartition()
    {
        var rounds = new CommitRounds(TimeProvider.System);
        (int first, int second) = (Join(rounds), Join(rounds));
        Come(rounds, 6);
        rounds.Begin(4);
        rounds.Begin(2);
        Assert.False(rounds.End(first, 4, 4));
        Assert.False(rounds.End(second, 2, 2));

        // Six were seen to wait at once; those of the first partition may come to the second one this time.
        Assert.Equal([false, false, false, false, false, true], Come(rounds, 6));
        Assert.False(rounds.AreMissing);
    }

    [Fact]
    public void End_AllCameMeanwhile_SaysSo()
    {
        var rounds = new CommitRounds(TimeProvider.System);
        int number = Join(rounds);
        Come(rounds, 3);
        rounds.Begin(3);
        Come(rounds, 3);

        // Six wait when it ends, so six may come; three of them have.
        Assert.False(rounds.End(number, 3, 3));
        Assert.True(rounds.AreMissing);
        Assert.Equal([false, false, true], Come(rounds, 3));

        // More come under the commit's last entries than it began for.
        rounds.Begin(5);
        Assert.False(rounds.End(number, 5, 6));
    }

    [Fact]
    public void End_OfAPartitionThatNobodyWritesTo_IsForgottenSoon()
    {
        var clock = new ManualClock();
        var rounds = new CommitRounds(clock);
        (int busy, int once) = (Join(rounds), Join(rounds));
        Come(rounds, 8);
        rounds.Begin(8);
        rounds.End(once, 8, 8);
        Come(rounds, 1);
        rounds.Begin(1);
        rounds.End(busy, 1, 1);
        Assert.True(rounds.AreMissing);

        clock.Elapsed += TimeSpan.FromMilliseconds(50);
        Come(rounds, 1);
        rounds.Begin(1);
        rounds.End(busy, 1, 1);
        Assert.Equal([true], Come(rounds, 1));
    }

    private static bool[] Come(CommitRounds rounds, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => rounds.Come())];

    private static int Join(CommitRounds rounds)
    {
        var own = new CommitRounds(TimeProvider.System);
        var pump = new CommitPump(
            new MemoryEventLog(1), 0, TimeSpan.FromHours(1), own, () => { }, NullLogger.Instance);
        return rounds.Join(pump);
    }

    private sealed class ManualClock : TimeProvider
    {
        public TimeSpan Elapsed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Elapsed.Ticks;
    }
}
