using Ebb.Engine.Experiments;
using Ebb.Engine.Experiments.Tuning;
using Xunit;

namespace Ebb.Engine.Tests.Experiments;

/// <summary>What a tuner makes of counts that are given to it.</summary>
public sealed class TunerMindTests
{
    private const long HourMs = 3_600_000;

    private static readonly Tuner Rails = new(
        "a", [new TunedParameter("keep_below", 0.01, 0.1, 2), new TunedParameter("popularity", 0.1, 1, 3)])
    {
        Probation = TimeSpan.FromHours(10),
    };

    [Fact]
    public void Decide_BetterStep_IsAdoptedWatchedConfirmedAndFollowedTheSameWay()
    {
        TunerMind mind = NewMind();
        Assert.Equal((TuneWhat.Try, "keep_below", 0.02, 0.04), Step(mind, default, default));
        Assert.Equal(0.02, mind.Values["keep_below"]);
        Assert.Null(mind.Decide(Users(400, 0.1), Users(400, 0.3), 0));
        Assert.Equal((TuneWhat.Adopt, "keep_below", 0.02, 0.04), Step(mind, Users(4000, 0.1), Users(4000, 0.15)));
        Assert.Equal((0.04, 0.02, TunePhase.Watching), (mind.Values["keep_below"], mind.OtherValue, mind.Phase));
        Assert.Null(mind.Decide(Users(4000, 0.15), Users(4000, 0.1), HourMs));
        Assert.Equal(TuneWhat.Confirm, Step(mind, Users(4000, 0.15), Users(4000, 0.1), 11 * HourMs).What);
        Assert.Equal((TuneWhat.Try, "keep_below", 0.04, 0.08), Step(mind, default, default, 12 * HourMs));
    }

    [Fact]
    public void Decide_NeverLeavesTheRails_AndGoesOnToTheNextNumber()
    {
        TunerMind mind = NewMind();
        var seen = new List<(string, double)>();
        for (int trial = 0; trial < 12; trial++)
        {
            (TuneWhat what, string name, _, double to) = Step(mind, default, default);
            Assert.Equal(TuneWhat.Try, what);
            seen.Add((name, to));
            Assert.Equal(TuneWhat.Reject, Step(mind, Users(4000, 0.15), Users(4000, 0.1)).What);
        }

        Assert.Equal(
            [("keep_below", 0.04), ("keep_below", 0.01), ("popularity", 0.9), ("popularity", 0.1)], seen[..4]);
        Assert.Equal(seen[..4], seen[4..8]);
        Assert.All(seen, one => Assert.InRange(one.Item2, 0.01, 1));
    }

    [Fact]
    public void Decide_GuardFalls_RejectsWhatTheMetricLikes_AndTakesBackWhatWasAdopted()
    {
        TunerMind mind = NewMind();
        Step(mind, default, default);
        Assert.Equal(TuneWhat.Reject, Step(mind, Users(4000, 0.1, 0.1), Users(4000, 0.2, 0.05)).What);

        Step(mind, default, default);
        Assert.Equal(TuneWhat.Adopt, Step(mind, Users(4000, 0.1, 0.1), Users(4000, 0.2, 0.1)).What);
        double adopted = mind.Values["keep_below"];
        TuneChange back = mind.Decide(Users(4000, 0.2, 0.05), Users(4000, 0.1, 0.1), HourMs)!;
        mind.Apply(back);
        Assert.Equal((TuneWhat.TakeBack, adopted, 0.02), (back.What, back.From, back.To));
        Assert.StartsWith("the guard fell: -0.05", back.Reason);
        Assert.Equal((0.02, TunePhase.Resting), (mind.Values["keep_below"], mind.Phase));
    }

    [Fact]
    public void Decide_NoDifference_IsGivenUpAfterUsersMax()
    {
        TunerMind mind = NewMind();
        Step(mind, default, default);
        Assert.Null(mind.Decide(Users(9000, 0.1), Users(9000, 0.1), 0));
        Assert.Equal(TuneWhat.GiveUp, Step(mind, Users(10_000, 0.1), Users(10_000, 0.1)).What);
    }

    [Fact]
    public void Revert_GoesBackStepByStep_AndIsNobodysBeforeTheFirst()
    {
        TunerMind mind = NewMind();
        Assert.Null(mind.Revert("eve", "no", 0));
        for (int step = 0; step < 2; step++)
        {
            Step(mind, default, default);
            Step(mind, Users(4000, 0.1), Users(4000, 0.2));
            Step(mind, Users(4000, 0.1), Users(4000, 0.1), 20 * HourMs);
        }

        Assert.Equal(0.08, mind.Values["keep_below"]);
        foreach (double value in new[] { 0.04, 0.02 })
        {
            TuneChange back = mind.Revert("eve", "odd lists", 0)!;
            mind.Apply(back);
            Assert.Equal((TuneWhat.Revert, "eve", "odd lists", value), (back.What, back.Author, back.Reason, back.To));
            Assert.Equal(value, mind.Values["keep_below"]);
        }

        Assert.Null(mind.Revert("eve", "no", 0));
    }

    [Fact]
    public void Apply_TheAuditAgain_IsTheSameMind()
    {
        TunerMind mind = NewMind();
        var audit = new List<TuneChange>();
        var random = new Random(42);
        for (int look = 0; look < 200; look++)
        {
            if (mind.Decide(
                Users(4000, 0.1, 0.05), Users(4000, 0.06 + (0.08 * random.NextDouble()), 0.05), look * 4 * HourMs)
                is { } change)
            {
                audit.Add(change);
                mind.Apply(change);
            }
        }

        TunerMind again = NewMind();
        audit.ForEach(again.Apply);
        Assert.True(audit.Count > 50);
        Assert.Equal(Enumerable.Range(1, audit.Count).Select(number => (ulong)number), audit.Select(one => one.Number));
        Assert.Equal((mind.Phase, mind.Current), (again.Phase, again.Current));
        Assert.Equal(mind.Values, again.Values);
        ArmSums none = default;
        Assert.Equal(mind.Decide(none, none, 1), again.Decide(none, none, 1));
    }

    private static TunerMind NewMind() => new(Rails, [0.02, 0.3], 7);

    private static (TuneWhat What, string Name, double From, double To) Step(
        TunerMind mind, ArmSums serving, ArmSums other, long nowMs = 0)
    {
        TuneChange change = mind.Decide(serving, other, nowMs)!;
        mind.Apply(change);
        return (change.What, change.Parameter, change.From, Math.Round(change.To, 9));
    }

    /// <summary>Users who were shown ten items each, of whom so many clicked (and bought) one.</summary>
    private static ArmSums Users(int count, double clicks, double buys = 0.02)
    {
        ArmSums sums = default;
        for (int user = 0; user < count; user++)
        {
            bool clicked = user < count * 10 * clicks / 2;
            bool bought = count - user <= count * 10 * buys / 2;
            sums += ArmSums.Of(10, clicked ? 2 : 0, bought ? 2 : 0);
        }

        return sums;
    }
}
