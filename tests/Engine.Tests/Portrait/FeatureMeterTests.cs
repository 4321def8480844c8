using Ebb.Engine.Portrait;
using Xunit;

namespace Ebb.Engine.Tests.Portrait;

/// <summary>Features against their definitions written out again.</summary>
public sealed class FeatureMeterTests
{
    private const long DayMs = 86_400_000;

    // A Thursday, 1970-01-01 plus 100 days, at 13:20 UTC.
    private const long NowMs = (100 * DayMs) + (13 * 3_600_000) + 1_200_000;

    private static readonly FeatureRule Rule = new()
    {
        HalfLife = TimeSpan.FromDays(10),
        Window = TimeSpan.FromDays(7),
    };

    [Fact]
    public void Measure_AHandfulOfActs_IsTheDefinition()
    {
        PastAct[] acts =
        [
            new(NowMs - DayMs, 1, 2, 7), new(NowMs - (2 * DayMs), 2, 1, 8), new(NowMs - (4 * DayMs), 1, 1, 7),
            new(NowMs - (20 * DayMs), 4, 1, 9),
        ];
        double Decay(int days) => Math.Pow(2, -days / 10.0);
        double top = (2 * Decay(2)) + Decay(4) + (4 * Decay(20));
        double second = Decay(1);

        double[] told = new FeatureMeter().Measure(acts, NowMs, Rule).ToArray();

        Assert.Equal(1, told[BehaviourFeatures.RecencyDays], 1e-12);
        double count = Decay(1) + Decay(2) + Decay(4) + Decay(20);
        Assert.Equal(count * Math.Log(2) / 10, told[BehaviourFeatures.EventsPerDay], 1e-12);
        Assert.Equal(3, told[BehaviourFeatures.EventsInWindow]);
        Assert.Equal(top + second, told[BehaviourFeatures.Mass], 1e-12);
        Assert.Equal(top / (top + second), told[BehaviourFeatures.TopShare], 1e-12);
        Assert.Equal(second / (top + second), told[BehaviourFeatures.SecondShare], 1e-12);
        double a = top / (top + second);
        Assert.Equal(
            Math.Exp(-(a * Math.Log(a)) - ((1 - a) * Math.Log(1 - a))), told[BehaviourFeatures.Categories], 1e-12);

        // Newer half: category 2 weighs 1, category 1 weighs 2; older half: category 1 alone.
        Assert.Equal(1 - (2 / Math.Sqrt(5)), told[BehaviourFeatures.Drift], 1e-12);
        Assert.Equal(0.25, told[BehaviourFeatures.OffTopRecently]);
        Assert.Equal(0.25, told[BehaviourFeatures.RepeatShare]);
        Assert.Equal(2, told[BehaviourFeatures.WeightMean]);

        // Gaps of 1, 2 and 16 days.
        double mean = 19 / 3.0;
        double deviation = Math.Sqrt((((1 - mean) * (1 - mean)) + ((2 - mean) * (2 - mean))
            + ((16 - mean) * (16 - mean))) / 3);
        Assert.Equal((deviation - mean) / (deviation + mean), told[BehaviourFeatures.Burstiness], 1e-12);

        // Category 2 rises at its first event; category 1 was higher 20 days ago than now.
        Assert.Equal(1 - a, told[BehaviourFeatures.RisingShare], 1e-12);
        Assert.Equal((13.0, 4.0), (told[BehaviourFeatures.Hour], told[BehaviourFeatures.Weekday]));
    }

    [Fact]
    public void Measure_NothingOrDislikesAlone_IsFinite()
    {
        var meter = new FeatureMeter();

        Assert.All(meter.Measure([], NowMs, Rule).ToArray(), value => Assert.Equal(0, value));
        double[] disliked = meter.Measure([new(NowMs, -2, 1, 1)], NowMs, Rule).ToArray();

        Assert.All(disliked, value => Assert.True(double.IsFinite(value)));
        Assert.Equal((0.0, 0.0, -2.0),
            (disliked[BehaviourFeatures.Mass], disliked[BehaviourFeatures.TopShare],
                disliked[BehaviourFeatures.WeightMean]));
    }

    [Fact]
    public void Measure_AnEventAfterTheMoment_IsTakenForTheMoments()
    {
        double[] told = new FeatureMeter().Measure([new(NowMs + DayMs, 1, 1, 1)], NowMs, Rule).ToArray();

        Assert.Equal((0.0, 1.0), (told[BehaviourFeatures.RecencyDays], told[BehaviourFeatures.Mass]));
    }

    [Fact]
    public void Measure_ATimeBeforeTheEpoch_HasAnHourAndAWeekday()
    {
        double[] told = new FeatureMeter().Measure([new(-1, 1, 1, 1)], 0, Rule).ToArray();

        // 1969-12-31 23:59:59.999 was a Wednesday.
        Assert.Equal((23.0, 2.0), (told[BehaviourFeatures.Hour], told[BehaviourFeatures.Weekday]));
    }

    [Fact]
    public void Names_OfTheFeatures_AreOneAPlaceAndFoundAgain()
    {
        Assert.Equal(BehaviourFeatures.Count, BehaviourFeatures.Names.Distinct().Count());
        Assert.Equal(BehaviourFeatures.Count, BehaviourFeatures.Meanings.Count);
        Assert.All(
            Enumerable.Range(0, BehaviourFeatures.Count),
            place => Assert.Equal(place, BehaviourFeatures.IndexOf(BehaviourFeatures.Names[place])));
        Assert.Equal(-1, BehaviourFeatures.IndexOf("shoe_size"));
    }
}
