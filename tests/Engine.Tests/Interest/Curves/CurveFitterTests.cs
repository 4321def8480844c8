using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Curves;
using Ebb.Engine.Ranking;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;
using Xunit;

namespace Ebb.Engine.Tests.Interest.Curves;

/// <summary>Fits against the true curve in double, and what a policy in force serves against the plain sum.</summary>
public sealed class CurveFitterTests
{
    private const double DayMs = 86_400_000;
    private const int Dimension = 12;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // With a tolerance that the half-lives reach, and one that they cannot.
    private static readonly (string Name, ForgettingCurve Curve, string HalfLives, double Reached)[] Cases =
    [
        ("exponential", new ExponentialCurve(10 * Day), "1d, 10d", 1e-12),
        ("never", new ExponentialCurve(MemorySchema.Never), "1d, never", 1e-12),
        ("between", new ExponentialCurve(6 * Day), "1d, 3d, 9d, 27d", 0.03),
        ("gaussian", new GaussianCurve(10 * Day), "28h, 42h, 3d, 4d, 6d, 9d, 13d, 20d", 0.01),
        ("linear", new LinearCurve(30 * Day), "36h, 2d, 3d, 5d, 8d, 11d, 17d, 26d", 0.06),
        ("power", new PowerCurve(Day, 1), "6h, 18h, 2d, 7d, 20d, 61d", 0.005),
        ("heavy tail", new PowerCurve(Day / 24, 0.5), "18min, 54min, 3h, 8h, 1d, 3d, 9d, 27d, 82d, 250d", 0.01),
        ("points", new PointsCurve([new(TimeSpan.Zero, 1), new(Day, 0.8), new(7 * Day, 0.5), new(30 * Day, 0.1)]),
            "42h, 4d, 7d, never", 0.04),
        ("delayed", new DelayedCurve(new ExponentialCurve(10 * Day), 5 * Day), "36h, 2d, 3d, 5d, 8d", 0.02),
    ];

    public static TheoryData<string> Names() => [.. Cases.Select(item => item.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Fit_SuitableHalfLives_ReachesItsErrorAndReportsTheWorst(string name)
    {
        (_, ForgettingCurve curve, string text, double reached) = Case(name);
        double[] halfLivesMs = HalfLivesMs(text);
        CurveFit fit = CurveFitter.Fit(curve, halfLivesMs);
        Assert.True(fit.WorstError <= reached, $"{fit.WorstError:G3}");
        double worst = 0;
        var random = new Random(42);
        for (int round = 0; round < 20_000; round++)
        {
            double ageMs = Math.Pow(10, random.NextDouble() * 14);
            worst = Math.Max(worst, Math.Abs(Sum(fit, halfLivesMs, ageMs) - curve.At(ageMs)));
        }

        // Ages that the judge did not look at: its grid is fine enough for a hundredth.
        Assert.True(worst <= (fit.WorstError * 1.01) + 1e-12, $"{worst:G6} seen, {fit.WorstError:G6} reported");
        if (double.IsFinite(fit.WorstAgeMs) && fit.WorstError > 1e-9)
        {
            double error = Math.Abs(Sum(fit, halfLivesMs, fit.WorstAgeMs) - curve.At(fit.WorstAgeMs));
            Assert.Equal(fit.WorstError, error, 1e-12);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Fit_CurveNowhereNegative_NorIsTheFit(string name)
    {
        (_, ForgettingCurve curve, string text, _) = Case(name);
        double[] halfLivesMs = HalfLivesMs(text);
        CurveFit fit = CurveFitter.Fit(curve, halfLivesMs);
        Assert.True(Tail(fit, halfLivesMs) > 0);
        for (double ageMs = 1; ageMs < 1e13; ageMs *= 1.003)
        {
            // Between the ages that were held up it may dip by what no score shows.
            Assert.True(Sum(fit, halfLivesMs, ageMs) >= -1e-6, $"below zero at {ageMs / DayMs:G3} days");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Served_AnyHistory_WithinTheReportedErrorOfThePlainSum(string name)
    {
        (_, ForgettingCurve curve, string text, double reached) = Case(name);
        var bank = new BankShape(Dimension, HalfLivesMs(text));
        var inForce = new PolicyInForce(new ServingPolicy { Curve = curve, CurveTolerance = reached }, bank);
        CurveFit fit = inForce.Fit!;
        IKernelBackend backend = new CpuBackend(threads: 1);
        var random = new Random(42);
        float[] sums = new float[bank.BankLength];
        double[] plain = new double[Dimension];
        double weightSum = 0;
        double[] timesMs = [.. Enumerable.Range(0, 200).Select(_ => random.NextDouble() * 100 * DayMs).Order()];
        double readAtMs = timesMs[^1] + (3 * DayMs);
        double heldAtMs = timesMs[0];
        foreach (double timeMs in timesMs)
        {
            float weight = random.Next(10) == 0 ? -2 : 1 + random.Next(3);
            float[] vector = Unit(random);
            backend.DecayAccumulate(bank, sums, new BankStep(timeMs - heldAtMs, 0, weight), vector);
            heldAtMs = timeMs;
            weightSum += Math.Abs(weight);
            for (int d = 0; d < Dimension; d++)
            {
                plain[d] += weight * curve.At(readAtMs - timeMs) * vector[d];
            }
        }

        float[] query = new float[Dimension];
        double scale = backend.Blend(bank, sums, new BlendAt(readAtMs - heldAtMs, inForce.Coefficients), query);
        double distance = 0;
        for (int d = 0; d < Dimension; d++)
        {
            double difference = (query[d] * Math.Pow(2, scale)) - plain[d];
            distance += difference * difference;
        }

        double bound = (fit.WorstError + (1e-6 * fit.CoefficientSum)) * weightSum;
        Assert.True(Math.Sqrt(distance) <= bound, $"{Math.Sqrt(distance):G3} from the plain sum, bound {bound:G3}");
    }

    [Theory]
    [InlineData("gaussian", 0.02)]
    [InlineData("linear", 0.06)]
    [InlineData("power", 0.02)]
    [InlineData("points", 0.04)]
    public void Refusal_TellsHalfLivesThatDo(string name, double tolerance)
    {
        (_, ForgettingCurve curve, _, _) = Case(name);
        var policy = new ServingPolicy { Curve = curve, CurveTolerance = tolerance };
        ArgumentException refusal = Assert.Throws<ArgumentException>(
            () => new PolicyInForce(policy, new BankShape(Dimension, [DayMs / 24])));
        Assert.Contains("the half-lives 1h", refusal.Message);
        string advice = refusal.Message[(refusal.Message.LastIndexOf(": ", StringComparison.Ordinal) + 2)..];
        var inForce = new PolicyInForce(policy, new BankShape(Dimension, HalfLivesMs(advice)));
        Assert.True(inForce.Fit!.WorstError <= tolerance);
    }

    [Fact]
    public void Refusal_NothingWouldDo_SaysSo()
    {
        var curve = new PointsCurve([new(Day, 1), new(Day + (Day / 1000), 0)]);
        ArgumentException refusal = Assert.Throws<ArgumentException>(
            () => CurveInForce.Resolve(curve, [DayMs], 0.05));
        Assert.Contains("raise the tolerance", refusal.Message);
    }

    [Fact]
    public void PolicyInForce_CurveAndCoefficients_IsRefused()
    {
        var bank = new BankShape(Dimension, [DayMs]);
        var curve = new ExponentialCurve(Day);
        Assert.Equal([1.0], new PolicyInForce(new ServingPolicy { Curve = curve }, bank).Coefficients);
        Assert.Throws<ArgumentException>(
            () => new PolicyInForce(new ServingPolicy { Curve = curve, CurveCoefficients = [1] }, bank));
        Assert.Throws<ArgumentException>(
            () => new PolicyInForce(new ServingPolicy { Curve = curve, CurveTolerance = 0 }, bank));
        Assert.Throws<ArgumentException>(
            () => new PolicyInForce(new ServingPolicy { CurveCoefficients = [double.NaN] }, bank));
    }

    [Fact]
    public void Problem_CurvesThatCannotBe_SayWhy()
    {
        ForgettingCurve[] curves =
        [
            new ExponentialCurve(TimeSpan.Zero), new GaussianCurve(-Day), new LinearCurve(TimeSpan.Zero),
            new PowerCurve(Day, 0), new PowerCurve(Day, double.NaN), new PowerCurve(TimeSpan.Zero, 1),
            new PointsCurve([new(Day, 1)]), new PointsCurve([new(Day, 1), new(Day, 0)]),
            new PointsCurve([new(Day, 1), new(2 * Day, double.NaN)]), new DelayedCurve(new GaussianCurve(Day), -Day),
            new DelayedCurve(new GaussianCurve(TimeSpan.Zero), Day),
        ];
        foreach (ForgettingCurve curve in curves)
        {
            Assert.False(string.IsNullOrEmpty(curve.Problem));
            Assert.Throws<ArgumentException>(() => CurveFitter.Fit(curve, [DayMs]));
        }

        Assert.All(Cases, item => Assert.Null(item.Curve.Problem));
    }

    private static (string Name, ForgettingCurve Curve, string HalfLives, double Reached) Case(string name) =>
        Cases.Single(item => item.Name == name);

    private static double[] HalfLivesMs(string text) =>
    [
        .. text.Split(", ").Select(
            part => DurationText.TryParse(part, out TimeSpan time)
                ? MemorySchema.HalfLifeMs(time)
                : throw new FormatException(part)),
    ];

    private static double Sum(CurveFit fit, double[] halfLivesMs, double ageMs) =>
        fit.Coefficients.Zip(halfLivesMs, (c, halfLifeMs) => c * Math.Pow(2, -ageMs / halfLifeMs)).Sum();

    /// <summary>What is left in the end: the coefficient of the slowest half-life that has one.</summary>
    private static double Tail(CurveFit fit, double[] halfLivesMs) =>
        fit.Coefficients.Zip(halfLivesMs).Where(pair => pair.First != 0).MaxBy(pair => pair.Second).First;

    private static float[] Unit(Random random)
    {
        double[] vector = [.. Enumerable.Range(0, Dimension).Select(_ => (2 * random.NextDouble()) - 1)];
        double norm = Math.Sqrt(vector.Sum(x => x * x));
        return [.. vector.Select(x => (float)(x / norm))];
    }
}
