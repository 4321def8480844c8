using Ebb.Evaluation.Studies;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

public sealed class CalibrationTests
{
    [Fact]
    public void Platt_ScoresOfAKnownLine_FindsIt()
    {
        (double[] scores, bool[] hits) = Draw(score => 1 / (1 + Math.Exp((-1.5 * score) + 2)));
        (double a, double b) = Calibration.Platt(scores, hits);
        Assert.Equal(-1.5, a, 0.05);
        Assert.Equal(2, b, 0.05);
    }

    [Fact]
    public void Isotonic_Steps_AreTheMeansOfTheirHits()
    {
        (double[] scores, bool[] hits) = Draw(score => score < 0 ? 0.1 : score < 1 ? 0.3 : 0.8);
        IReadOnlyList<(double From, double Probability)> steps = Calibration.Isotonic(scores, hits);
        Assert.Equal(steps.Select(step => step.Probability).Order(), steps.Select(step => step.Probability));
        Assert.Equal(0.1, Calibration.At(steps, -0.5), 0.03);
        Assert.Equal(0.3, Calibration.At(steps, 0.5), 0.03);
        Assert.Equal(0.8, Calibration.At(steps, 1.5), 0.03);
        Assert.Equal(hits.Count(hit => hit), scores.Sum(score => Calibration.At(steps, score)), 1e-6);
    }

    [Fact]
    public void Isotonic_FallingHits_IsOneStep()
    {
        IReadOnlyList<(double From, double Probability)> steps =
            Calibration.Isotonic([1, 2, 3, 4], [true, true, false, false]);
        Assert.Equal((1, 0.5), Assert.Single(steps));
    }

    [Fact]
    public void Platt_SetThatCanBeSplit_StaysFinite()
    {
        (double a, double b) = Calibration.Platt([1, 2, 3, 4], [false, false, true, true]);
        Assert.True(double.IsFinite(a) && double.IsFinite(b) && a < 0);
    }

    private static (double[] Scores, bool[] Hits) Draw(Func<double, double> chance)
    {
        var random = new Random(42);
        double[] scores = [.. Enumerable.Range(0, 60_000).Select(_ => (random.NextDouble() * 6) - 3)];
        return (scores, [.. scores.Select(score => random.NextDouble() < chance(score))]);
    }
}
