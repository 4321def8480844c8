using Ebb.Engine.Experiments;
using Xunit;

namespace Ebb.Engine.Tests.Experiments;

/// <summary>The estimates against plain formulas, and the promise of the test by simulation, seed 42.</summary>
public sealed class SequentialTestTests
{
    [Fact]
    public void RatioEstimate_OfUsers_IsThePlainDeltaMethod()
    {
        var random = new Random(42);
        (long Shown, long Clicked, long Converted)[] users =
        [
            .. Enumerable.Range(0, 200).Select(_ =>
                ((long)random.Next(1, 30), (long)random.Next(0, 3), (long)random.Next(0, 2))),
        ];
        ArmSums sums = users.Select(user => ArmSums.Of(user.Shown, user.Clicked, user.Converted))
            .Aggregate((left, right) => left + right);

        AssertPlain(
            sums, ExperimentMetric.ClickRate,
            [.. users.Select(user => ((double)user.Clicked, (double)user.Shown))]);
        AssertPlain(
            sums, ExperimentMetric.ConversionRate,
            [.. users.Select(user => ((double)user.Converted, (double)user.Shown))]);
        AssertPlain(sums, ExperimentMetric.Buyers, [.. users.Select(user => (user.Converted > 0 ? 1.0 : 0, 1.0))]);
    }

    private static void AssertPlain(ArmSums sums, ExperimentMetric metric, (double X, double Y)[] pairs)
    {
        double rate = pairs.Sum(pair => pair.X) / pairs.Sum(pair => pair.Y);
        double mean = pairs.Average(pair => pair.Y);
        double spread = pairs.Sum(pair => Math.Pow(pair.X - (rate * pair.Y), 2)) / (pairs.Length - 1);
        RatioEstimate estimate = RatioEstimate.Of(sums, metric);
        Assert.Equal(rate, estimate.Rate, 1e-12);
        Assert.Equal(spread / (pairs.Length * mean * mean), estimate.Variance, 1e-12);
    }

    [Theory]
    [InlineData(0.1, 100, 0.05522, 0.17437)]
    [InlineData(0.5, 20, 0.29929, 0.70071)]
    [InlineData(0, 10, 0, 0.27753)]
    public void Wilson_KnownIntervals_Agree(double rate, double trials, double low, double high)
    {
        RateInterval interval = RateInterval.Wilson(rate, trials);
        Assert.Equal(low, interval.Low, 5e-5);
        Assert.Equal(high, interval.High, 5e-5);
    }

    [Fact]
    public void Compare_AtTheBound_HasThePOfItsAlphaAndABoundOfNothing()
    {
        RatioEstimate control = new(0.1, 1e-5) { Users = 1000, ActiveUsers = 500 };
        double low = -1;
        double high = 1;
        for (int step = 0; step < 60; step++)
        {
            double middle = (low + high) / 2;
            bool excludes = SequentialTest.Compare(
                control, control with { Rate = 0.1 + middle }, 0.01, 0.05).Low > 0;
            (low, high) = excludes ? (low, middle) : (middle, high);
        }

        SequentialResult bound = SequentialTest.Compare(control, control with { Rate = 0.1 + high }, 0.01, 0.05);
        Assert.Equal(0.05, bound.PValue, 1e-6);
        Assert.Equal(0, bound.Low, 1e-6);

        // Λ by numerical integration over the mixture, instead of its closed form.
        double information = 1 / 2e-5;
        double sum = 0;
        const double Step = 1e-5;
        for (double effect = -0.08; effect < 0.08; effect += Step)
        {
            double prior = Math.Exp(-effect * effect / (2 * 0.01 * 0.01)) / (0.01 * Math.Sqrt(2 * Math.PI));
            sum += prior * Math.Exp(information * ((high * effect) - (effect * effect / 2))) * Step;
        }

        Assert.Equal(1 / sum, bound.PValue, 1e-4);
    }

    [Fact]
    public void Compare_FewUsersOrNoClicks_IsNotReadyAndCallsNothing()
    {
        RatioEstimate few = new(0.5, 1e-9) { Users = 99, ActiveUsers = 99 };
        RatioEstimate many = new(0.1, 1e-9) { Users = 1000, ActiveUsers = 19 };
        RatioEstimate plenty = new(0.1, 1e-9) { Users = 1000, ActiveUsers = 500 };
        SequentialResult early = SequentialTest.Compare(few, plenty, 0.01, 0.05);
        Assert.Equal((false, 1.0), (early.IsReady, early.PValue));
        Assert.False(SequentialTest.Compare(plenty, many, 0.01, 0.05).IsReady);
        Assert.False(SequentialTest.Compare(plenty, default, 0.01, 0.05).IsReady);
    }

    [Fact]
    public void Compare_AaExperimentsLookedAtDaily_FewFalseAlarms_FixedTestHasMany()
    {
        int alarms = 0;
        int fixedAlarms = 0;
        for (int experiment = 0; experiment < 120; experiment++)
        {
            (bool sequential, bool repeated) = Simulate(new Random(42 + experiment), 0);
            alarms += sequential ? 1 : 0;
            fixedAlarms += repeated ? 1 : 0;
        }

        // 5 % of 120 are 6; a t test looked at daily calls three times that.
        Assert.InRange(alarms, 0, 6);
        Assert.True(fixedAlarms >= 15, $"{fixedAlarms} of 120");
    }

    [Fact]
    public void Compare_PlantedEffect_IsFound()
    {
        int found = Enumerable.Range(0, 20).Count(
            experiment => Simulate(new Random(42 + experiment), 0.03).Sequential);
        Assert.InRange(found, 18, 20);
    }

    /// <summary>
    /// 28 days; 600 users who visit at rates and click at rates of their own; the last says whether any day's look
    /// called a difference, by the sequential test and by |z| ≥ 1.96.
    /// </summary>
    private static (bool Sequential, bool Repeated) Simulate(Random random, double effect)
    {
        var users = Enumerable.Range(0, 600).Select(_ => (
            Arm: random.Next(2),
            Visit: Math.Pow(random.NextDouble(), 2),
            Click: 0.2 * Math.Pow(random.NextDouble(), 2)))
            .ToArray();
        long[] shown = new long[users.Length];
        long[] clicked = new long[users.Length];
        bool sequential = false;
        bool repeated = false;
        for (int day = 0; day < 28; day++)
        {
            var sums = new ArmSums[2];
            for (int user = 0; user < users.Length; user++)
            {
                (int arm, double visit, double click) = users[user];
                if (random.NextDouble() < visit)
                {
                    shown[user] += 10;
                    clicked[user] += Enumerable.Range(0, 10)
                        .Count(_ => random.NextDouble() < click + (arm * effect));
                }

                if (shown[user] > 0)
                {
                    sums[arm] += ArmSums.Of(shown[user], clicked[user], 0);
                }
            }

            RatioEstimate control = RatioEstimate.Of(sums[0], ExperimentMetric.ClickRate);
            RatioEstimate other = RatioEstimate.Of(sums[1], ExperimentMetric.ClickRate);
            SequentialResult look = SequentialTest.Compare(control, other, 0.01, 0.05);
            sequential |= look.PValue <= 0.05;
            repeated |= Math.Abs(look.Difference) / Math.Sqrt(control.Variance + other.Variance) >= 1.96;
        }

        return (sequential, repeated);
    }
}
