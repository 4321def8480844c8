using Ebb.Engine.Recovery;
using Xunit;

namespace Ebb.Engine.Tests.Recovery;

/// <summary>The thinned rounds against all of them.</summary>
public sealed class BaseRoundsTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(50);
    private static readonly TimeSpan Retention = TimeSpan.FromDays(1);

    [Theory]
    [InlineData(10)]
    [InlineData(200)]
    [InlineData(3000)]
    public void FindPublishedBy_ThinnedForTwoRetentions_IsAtMostAThousandthBehindAllRounds(int secondsMost)
    {
        TimeSpan spacing = Retention / BaseRounds.CountAim;
        var rounds = new BaseRounds(Retention);
        var all = new Queue<DateTimeOffset>();
        var random = new Random(42);
        DateTimeOffset newestOld = default;
        int countMost = 0;
        ulong number = 0;
        for (DateTimeOffset now = Start; now < Start + (2 * Retention);
            now += TimeSpan.FromSeconds(random.Next(1, secondsMost + 1)))
        {
            rounds.Add(new BaseRound(now, number, [number++]));
            all.Enqueue(now);
            Assert.Equal(now, rounds[rounds.Count - 1].PublishedAt);
            while (all.Peek() <= now - Retention)
            {
                newestOld = all.Dequeue();
            }

            int index = rounds.FindPublishedBy(now - Retention);
            if (newestOld != default)
            {
                // Never later than what the retention allows, and hardly earlier.
                Assert.InRange(rounds[index].PublishedAt, newestOld - spacing, newestOld);
                rounds.ForgetBefore(index);
            }
            else
            {
                Assert.Equal(-1, index);
            }

            countMost = Math.Max(countMost, rounds.Count);
        }

        // Of three rounds in a row the outer two are a spacing apart, but for the newest.
        Assert.InRange(countMost, 2, (2 * BaseRounds.CountAim) + 3);
        Assert.True(number > (ulong)countMost);
    }

    [Fact]
    public void Add_RoundsOfThePast_KeepsThemInOrderWithTheirSequences()
    {
        var rounds = new BaseRounds(TimeSpan.FromSeconds(BaseRounds.CountAim));
        foreach (int second in (int[])[0, 1, 2, 3, 3, 3, 4, 9])
        {
            rounds.Add(new BaseRound(Start.AddSeconds(second), (ulong)second, [(ulong)second]));
        }

        // Gaps of a second and more all stay; of the three in second 3 two are one moment.
        Assert.Equal(
            [0UL, 1, 2, 3, 3, 4, 9],
            Enumerable.Range(0, rounds.Count).Select(index => rounds[index].CatalogueReplaySequence));
        rounds.ForgetBefore(3);
        Assert.Equal(3UL, rounds[0].CatalogueReplaySequence);
        Assert.Equal(-1, rounds.FindPublishedBy(Start.AddSeconds(2)));
        Assert.Equal(rounds.Count - 2, rounds.FindPublishedBy(Start.AddSeconds(8)));
    }
}
