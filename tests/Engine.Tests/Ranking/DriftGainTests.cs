using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Why;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;
using TemporaryFolder = Ebb.Engine.Tests.Recovery.TemporaryFolder;

namespace Ebb.Engine.Tests.Ranking;

/// <summary>
/// The gain of an impulse by drift: against the formula in double, and what of it must be in the log.
/// </summary>
public sealed class DriftGainTests
{
    private const string User = "ann";
    private const double Gain = 4;
    private const double ShiftFrom = 0.5;

    private static readonly RecommendQuery Five = new() { Count = 5 };
    private static readonly ServingPolicy Policy =
        new() { KeepBelow = 0.1, ShiftFrom = ShiftFrom, DiversityLambda = 1, GainAtShift = Gain };

    [Fact]
    public async Task Observe_AfterAList_WeighsByTheDriftToIt()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Policy = Policy });
        var random = new Random(42);
        var past = new List<(int Item, long TimeMs, double Weight)>();
        double[] reference = [];
        for (int step = 0; step < 40; step++)
        {
            int item = random.Next(200);
            long timeMs = NowMs - ((40 - step) * 3_600_000L);
            double expected = reference.Length == 0 ? 1 : GainOf(1 - Cosine(Interest(past, timeMs), reference));
            await engine.ObserveAsync([Click(User, item, timeMs)]);
            InterestProfile profile = await engine.ProfileAsync(User, nowMs: timeMs);
            Assert.Equal(expected, profile.RecentEvents[0].Weight, 1e-4);
            past.Add((item, timeMs, expected));
            if (step % 5 == 0)
            {
                // A kept list stays the one of the scan before.
                Recommendation list = await engine.RecommendAsync(User, Five with { NowMs = timeMs });
                reference = list.Decision == ListDecision.Keep ? reference : Interest(past, timeMs);
            }
        }

        Assert.Contains(past, one => one.Weight == Gain);
        Assert.Contains(past, one => one.Weight is > 1 and < Gain);
    }

    [Fact]
    public async Task Observe_WithoutAList_OrUnderAnotherPolicy_WeighsOne()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Policy = Policy });
        await engine.ObserveAsync([Click(User, 1, NowMs)]);
        await engine.ObserveAsync([Click(User, 2, NowMs)]);
        await engine.RecommendAsync(User, Five);
        engine.SetPolicy(Policy with { GainAtShift = null });
        await engine.ObserveAsync([Click(User, 3, NowMs)]);
        engine.SetPolicy(Policy);
        await engine.ObserveAsync([Click(User, 4, NowMs)]);

        InterestProfile profile = await engine.ProfileAsync(User);
        Assert.All(profile.RecentEvents, one => Assert.Equal(1, one.Weight));
    }

    [Fact]
    public async Task Observe_GainBeyondTheBurstCap_IsCapped()
    {
        MemorySchema schema = UnitSchema with { BurstCap = new BurstCap(3, TimeSpan.FromDays(30), BurstScope.User) };
        await using InterestEngine engine = await OpenWithItemsAsync(
            Options() with { Policy = Policy, Schema = schema });
        await DriftAwayAsync(engine);
        await engine.ObserveAsync([Click(User, 9, NowMs)]);

        InterestProfile profile = await engine.ProfileAsync(User);
        Assert.Equal(3, profile.RecentEvents.Sum(one => one.Weight), 1e-5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Recovery_AfterGains_FoldsToTheSameBits(bool wholeLog)
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = Options(folder.Path) with { Policy = Policy };
        byte[] before;
        float[] weights;
        await using (InterestEngine engine = await OpenWithItemsAsync(options))
        {
            await DriftAwayAsync(engine);
            await engine.ObserveAsync([Click(User, 9, NowMs), Click(User, 400, NowMs)]);
            await engine.PutItemsAsync([.. Items(401)[400..]]);
            before = await engine.ComputeStateHashAsync();
            weights = [.. (await engine.ProfileAsync(User)).RecentEvents.Select(one => one.Weight)];
        }

        // Without its lists, and under a policy that knows no gain: what was decided is in the log.
        await using InterestEngine replayed = await InterestEngine.OpenAsync(
            options with { ReplayWholeLog = wholeLog, Policy = ExactPolicy });
        Assert.Equal(before, await replayed.ComputeStateHashAsync());
        Assert.Equal(weights, (await replayed.ProfileAsync(User)).RecentEvents.Select(one => one.Weight));
        Assert.Equal((float)Gain, weights[1]);
        Assert.Equal((float)Gain, weights[0]);
    }

    [Fact]
    public async Task WhyAndUnsend_AfterGains_CountTheLoggedWeights()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Policy = Policy });
        await DriftAwayAsync(engine);
        await engine.ObserveAsync([Click(User, 9, NowMs, 9), Click(User, 11, NowMs, 11)]);
        ScoreExplanation why = await engine.WhyAsync(User, ItemId(20));
        Assert.Equal(4, why.Events.Count);
        Assert.All(why.Events, one => Assert.Equal(one.Weight * Term(one.Item, one.TimeMs), one.Amount, 1e-4));
        Assert.Equal(2, why.Events.Count(one => one.Weight == Gain));
        Assert.Equal(why.Score, why.Events.Sum(one => one.Amount), 1e-5 * why.Events.Sum(one => Math.Abs(one.Amount)));

        Assert.Equal(UnsendMethod.Refolded, (await engine.UnsendAsync(User, 9)).Method);

        InterestProfile left = await engine.ProfileAsync(User);
        Assert.Equal([(float)Gain, 1f, 1f], left.RecentEvents.Select(one => one.Weight));
        Assert.Equal(Gain + 1 + Math.Pow(2, -10), left.Masses[0], 1e-5);
    }

    /// <summary>A list of one interest, so that whatever comes a while later is a shift.</summary>
    private static async Task DriftAwayAsync(InterestEngine engine)
    {
        await engine.ObserveAsync([Click(User, 1, NowMs - (10 * DayMs))]);
        await engine.RecommendAsync(User, Five);
        int opposite = Enumerable.Range(0, 200).MinBy(item => Cosine(Vector(item), Vector(1)));
        await engine.ObserveAsync([Click(User, opposite, NowMs)]);
    }

    private static double Term(OpaqueId item, long timeMs)
    {
        double[] own = Vector(int.Parse(item.ToString().AsSpan(5)));
        return Math.Pow(2, -(NowMs - timeMs) / (double)DayMs) * own.Zip(Vector(20), (a, b) => a * b).Sum();
    }

    private static double GainOf(double drift) =>
        1 + (Math.Clamp((drift - Policy.KeepBelow) / (ShiftFrom - Policy.KeepBelow), 0, 1) * (Gain - 1));

    private static double[] Interest(IEnumerable<(int Item, long TimeMs, double Weight)> past, long nowMs)
    {
        double[] sum = new double[Dimension];
        foreach ((int item, long timeMs, double weight) in past)
        {
            double[] vector = Vector(item);
            for (int d = 0; d < Dimension; d++)
            {
                sum[d] += weight * Math.Pow(2, -(nowMs - timeMs) / (double)DayMs) * vector[d];
            }
        }

        return sum;
    }

    private static double Cosine(double[] left, double[] right) => left.Zip(right, (a, b) => a * b).Sum()
        / Math.Sqrt(left.Sum(value => value * value) * right.Sum(value => value * value));

    private static double[] Vector(int item) =>
        [.. Items(item + 1)[item].Vector.ToArray().Select(value => (double)value)];
}
