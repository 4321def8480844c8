using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>Stored arithmetic: every backend writes the reference's bytes. One sealed class a backend.</summary>
public abstract class DecayTests
{
    private static readonly double[] HalfLivesMs = [60_000, 3_600_000, 2.592e9, double.PositiveInfinity];

    private readonly Random _random = new(RandomVectors.Seed);

    protected abstract IKernelBackend Backend { get; }

    [Fact]
    public void Decay_EveryDimension_SameBytesAsReference()
    {
        foreach (BankShape shape in Shapes())
        {
            float[] expected = RandomVectors.Spread(_random, shape.BankLength, -6, 6);
            GuardedFloats actual = new(expected, shape.Dimension % 5);
            double elapsedMs = Math.Pow(10, _random.NextDouble() * 11);
            DecayReference.Decay(shape, expected, elapsedMs);
            Backend.Decay(shape, actual.Span, elapsedMs);
            BitAssert.Equal(expected, actual.Span, $"D={shape.Dimension}");
            Assert.True(actual.IsIntact);
        }
    }

    [Fact]
    public void Accumulate_EveryDimension_SameBytesAsReference()
    {
        foreach (BankShape shape in Shapes())
        {
            float[] expected = RandomVectors.Spread(_random, shape.BankLength, -6, 6);
            GuardedFloats actual = new(expected, shape.Dimension % 5);
            GuardedFloats vector = new(RandomVectors.Normal(_random, shape.Dimension), shape.Dimension % 3);
            double ageMs = Math.Pow(10, _random.NextDouble() * 11);
            float weight = (float)RandomVectors.Gaussian(_random);
            DecayReference.Accumulate(shape, expected, ageMs, weight, vector.Span);
            Backend.Accumulate(shape, actual.Span, ageMs, weight, vector.Span);
            BitAssert.Equal(expected, actual.Span, $"D={shape.Dimension}");
            Assert.True(actual.IsIntact && vector.IsIntact);
        }
    }

    [Fact]
    public void DecayAccumulate_EveryDimension_SameBytesAsTheTwoCalls()
    {
        foreach (BankShape shape in Shapes())
        {
            float[] expected = RandomVectors.Spread(_random, shape.BankLength, -6, 6);
            float[] actual = (float[])expected.Clone();
            float[] vector = RandomVectors.Normal(_random, shape.Dimension);
            BankStep step = new(_random.NextDouble() * 1e7, shape.Dimension % 2 * 1e6, -1.5f);
            DecayReference.Decay(shape, expected, step.ElapsedMs);
            DecayReference.Accumulate(shape, expected, step.AgeMs, step.Weight, vector);
            Backend.DecayAccumulate(shape, actual, step, vector);
            BitAssert.Equal(expected, actual, $"D={shape.Dimension}");
        }
    }

    [Fact]
    public void Decay_LongRandomHistory_SameBytesAsReference()
    {
        BankShape shape = new(37, HalfLivesMs, Rates(37));
        float[] expected = new float[shape.BankLength];
        float[] actual = new float[shape.BankLength];
        for (int step = 0; step < 500; step++)
        {
            float[] vector = RandomVectors.Normal(_random, 37);
            double elapsedMs = Math.Floor(Math.Pow(10, _random.NextDouble() * 8));
            DecayReference.Decay(shape, expected, elapsedMs);
            DecayReference.Accumulate(shape, expected, step % 3 * 1000, 0.1f * step, vector);
            Backend.Decay(shape, actual, elapsedMs);
            Backend.Accumulate(shape, actual, step % 3 * 1000, 0.1f * step, vector);
        }

        BitAssert.Equal(expected, actual, "after 500 steps");
    }

    [Fact]
    public void Decay_OneHalfLife_Halves()
    {
        BankShape shape = new(3, [1000.0]);
        float[] bank = [8, -4, 1e-3f, 2];
        Backend.Decay(shape, bank, 1000);
        BitAssert.Equal([4, -2, 0.5e-3f, 1], bank, "halved");
    }

    [Fact]
    public void Decay_Never_ChangesNothing()
    {
        BankShape shape = new(5, [double.PositiveInfinity], [1, 2, 3, 4, 5]);
        float[] expected = RandomVectors.Normal(_random, shape.BankLength);
        float[] bank = (float[])expected.Clone();
        Backend.Decay(shape, bank, 1e300);
        Backend.Decay(shape, bank, 0);
        BitAssert.Equal(expected, bank, "never");
    }

    [Fact]
    public void Decay_AgesPastAllRange_GivesZero()
    {
        BankShape shape = new(9, [1e-300]);
        float[] bank = RandomVectors.Normal(_random, shape.BankLength);
        Backend.Decay(shape, bank, 1e300);
        Assert.All(bank, sum => Assert.Equal(0f, sum));
    }

    [Fact]
    public void Accumulate_AgeZero_AddsWeightTimesVectorAndMass()
    {
        BankShape shape = new(2, [1000.0, 10.0]);
        float[] bank = new float[6];
        Backend.Accumulate(shape, bank, 0, 2, [3, -5]);
        BitAssert.Equal([6, -10, 6, -10, 2, 2], bank, "one event");
    }

    [Theory]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Decay_TimeOutOfRange_Throws(double timeMs)
    {
        BankShape shape = new(2, [1000.0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => Backend.Decay(shape, new float[3], timeMs));
        Assert.Throws<ArgumentOutOfRangeException>(() => Backend.Accumulate(shape, new float[3], timeMs, 1, [1, 2]));
    }

    [Fact]
    public void Decay_LengthsWrong_Throws()
    {
        BankShape shape = new(2, [1000.0]);
        Assert.Throws<ArgumentException>(() => Backend.Decay(shape, new float[4], 1));
        Assert.Throws<ArgumentException>(() => Backend.Accumulate(shape, new float[3], 1, 1, [1, 2, 3]));
    }

    private IEnumerable<BankShape> Shapes()
    {
        for (int dimension = 1; dimension <= 257; dimension++)
        {
            yield return new BankShape(dimension, HalfLivesMs.AsSpan(0, 1 + (dimension % 4)));
            if (dimension % 5 == 0)
            {
                yield return new BankShape(dimension, HalfLivesMs, Rates(dimension));
            }
        }
    }

    private double[] Rates(int dimension) =>
        [.. Enumerable.Range(0, dimension).Select(_ => Math.Pow(10, (2 * _random.NextDouble()) - 1))];
}
