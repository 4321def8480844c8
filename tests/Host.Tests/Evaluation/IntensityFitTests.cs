using Ebb.Evaluation.Fit;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

public sealed class IntensityFitTests
{
    [Theory]
    [InlineData(0.5, 3_600_000, 0.1)]
    [InlineData(-0.2, 60_000, 0.7)]
    public void Of_ExactCurve_FindsItsNumbers(double amplitude, double halfLifeMs, double floor)
    {
        IntensityFit fit = IntensityFit.Of("x", Points(age => (amplitude * Math.Pow(2, -age / halfLifeMs)) + floor))!;
        Assert.Equal(amplitude, fit.Amplitude, 1e-4);
        Assert.Equal(1, fit.HalfLifeMs / halfLifeMs, 1e-3);
        Assert.Equal(floor, fit.Floor, 1e-4);
        Assert.InRange(fit.Residual, 0, 1e-6);
        Assert.InRange(fit.Explained, 0.999999, 1);
    }

    [Fact]
    public void Of_Noise_IsNoWorseThanAnyNearbyCurve()
    {
        var random = new Random(42);
        IReadOnlyList<IntensityPoint> points =
            Points(age => 0.3 + (0.4 * Math.Pow(2, -age / 1e6)) + (0.05 * (random.NextDouble() - 0.5)));
        IntensityFit fit = IntensityFit.Of("x", points)!;
        double reached = Cost(points, fit.At);
        Assert.Equal(fit.Residual, Math.Sqrt(reached / points.Sum(point => point.Weight)), 1e-12);
        foreach (double factor in new[] { 0.9, 1.1 })
        {
            Assert.True(reached <= Cost(points, (fit with { Amplitude = fit.Amplitude * factor }).At));
            Assert.True(reached <= Cost(points, (fit with { HalfLifeMs = fit.HalfLifeMs * factor }).At));
            Assert.True(reached <= Cost(points, (fit with { Floor = fit.Floor * factor }).At));
        }
    }

    [Fact]
    public void Of_TooFewPoints_IsNothing() => Assert.Null(IntensityFit.Of("x", [.. Points(_ => 1).Take(3)]));

    private static double Cost(IReadOnlyList<IntensityPoint> points, Func<double, double> curve) =>
        points.Sum(point => point.Weight * Math.Pow(point.Value - curve(point.AgeMs), 2));

    private static IReadOnlyList<IntensityPoint> Points(Func<double, double> value) =>
        [.. Enumerable.Range(0, 24).Select(at => Math.Pow(2, at) * 1000)
            .Select(age => new IntensityPoint(age, value(age), 1 + (age % 7)))];
}
