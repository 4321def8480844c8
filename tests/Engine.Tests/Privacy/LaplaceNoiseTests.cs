using Ebb.Engine.Privacy;
using Xunit;

namespace Ebb.Engine.Tests.Privacy;

/// <summary>
/// The mechanism against the distribution it must have. The randomness is the system's and has no seed: bounds are six
/// standard errors wide, which chance passes once in some hundred million runs.
/// </summary>
public sealed class LaplaceNoiseTests
{
    private const int Count = 200_000;
    private const double Sixfold = 6;

    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(3, 17.25)]
    [InlineData(1000, -4)]
    public void Add_ManyTimes_HasMeanVarianceAndQuantilesOfLaplace(double scale, double value)
    {
        double[] noise = Draw(scale, value);

        double mean = noise.Average();
        double variance = noise.Average(each => each * each);

        // Var = 2b²; of the squares 4!·b⁴ − 4·b⁴ = 20·b⁴.
        Assert.InRange(mean / scale, -Sixfold * Math.Sqrt(2.0 / Count), Sixfold * Math.Sqrt(2.0 / Count));
        double spread = Sixfold * Math.Sqrt(20.0 / Count);
        Assert.InRange(variance / (scale * scale), 2 - spread, 2 + spread);
        Array.Sort(noise);
        double largest = 0;
        for (int index = 0; index < Count; index++)
        {
            double x = noise[index] / scale;
            double expected = x < 0 ? Math.Exp(x) / 2 : 1 - (Math.Exp(-x) / 2);
            largest = Math.Max(largest, Math.Abs(expected - ((index + 0.5) / Count)));
        }

        // Kolmogorov and Smirnov: P(√n·D > 3.2) is 2·e^(−2·3.2²), about 3e-9.
        Assert.InRange(largest * Math.Sqrt(Count), 0, 3.2);
    }

    [Fact]
    public void Add_NeighbouringValues_NoAnswerIsLikelierThanEToTheEpsilon()
    {
        // Sensitivity 1, ε = ln 2: whatever interval an answer falls into, one value makes it at most twice as likely
        // as the other.
        double scale = 1 / Math.Log(2);
        double[] with = Draw(scale, 1, keepValue: true);
        double[] without = Draw(scale, 0, keepValue: true);
        for (double from = -4; from < 5; from += 0.5)
        {
            double ones = with.Count(each => each >= from && each < from + 0.5);
            double zeros = without.Count(each => each >= from && each < from + 0.5);
            double error = Sixfold * Math.Sqrt(ones + (4 * zeros));
            Assert.InRange(ones, (zeros / 2) - error, (zeros * 2) + error);
        }
    }

    [Fact]
    public void Add_AnyValue_IsAWholeNumberOfSteps()
    {
        var noise = new LaplaceNoise(4);
        for (int index = 0; index < 1000; index++)
        {
            double steps = noise.Add(Math.PI * index) * (1 << 20) / 4;
            Assert.Equal(Math.Round(steps), steps);
        }
    }

    private static double[] Draw(double scale, double value, bool keepValue = false)
    {
        var noise = new LaplaceNoise(scale);
        return [.. Enumerable.Range(0, Count).Select(_ => noise.Add(value) - (keepValue ? 0 : value))];
    }
}
