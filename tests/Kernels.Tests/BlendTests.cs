using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>Reading a bank: the reference's bits, and no direction lost to time. One sealed class a backend.</summary>
public abstract class BlendTests
{
    private static readonly double[] HalfLivesMs = [60_000, 3_600_000, 2.592e9, double.PositiveInfinity];

    private static readonly DriftMeasure Cosine = new(DriftDistance.Cosine);

    private readonly Random _random = new(RandomVectors.Seed);

    protected abstract IKernelBackend Backend { get; }

    [Fact]
    public void Blend_EveryDimension_SameBitsAsReference()
    {
        for (int dimension = 1; dimension <= 257; dimension++)
        {
            double[] rates = [.. Enumerable.Range(0, dimension).Select(_ => 0.1 + (10 * _random.NextDouble()))];
            BankShape shape = new(dimension, HalfLivesMs, dimension % 3 == 0 ? rates : []);
            float[] bank = RandomVectors.Spread(_random, shape.BankLength, -3, 3);
            bank.AsSpan(dimension % 4 * dimension, dimension).Clear();
            Check(shape, bank, Math.Pow(10, _random.NextDouble() * 12), [1, -0.5, 0.25, dimension % 2]);
        }
    }

    [Theory]
    [InlineData(-44, -38)]
    [InlineData(35, 38)]
    [InlineData(-44, 37)]
    public void Blend_EndsOfTheFloatRange_SameBitsAsReference(double exponentMin, double exponentMax)
    {
        BankShape shape = new(19, HalfLivesMs);
        for (int round = 0; round < 50; round++)
        {
            float[] bank = RandomVectors.Spread(_random, shape.BankLength, exponentMin, exponentMax);
            float[] query = Check(shape, bank, round * 1e6, [1e3, 1, 1e-30, 1e-9]);
            Assert.All(query, element => Assert.True(float.IsFinite(element)));
            Assert.True(query.AsSpan().ContainsAnyExcept(0f));
        }
    }

    [Theory]
    [InlineData(-21, -17)]
    [InlineData(17, 21)]
    public void Blend_TotalsAroundTheFreeRange_SameBitsAsReference(double exponentMin, double exponentMax)
    {
        BankShape shape = new(37, HalfLivesMs);
        for (int round = 0; round < 400; round++)
        {
            float[] bank = RandomVectors.Spread(_random, shape.BankLength, exponentMin, exponentMax);
            Check(shape, bank, round % 3 * 1e5, [1, 0.5, 0.1, round % 2]);
        }
    }

    [Fact]
    public void Blend_SlowestRowEmpty_TakesTheExponentOfTheNext()
    {
        BankShape shape = new(20, [1000.0, 2000.0]);
        float[] bank = RandomVectors.Normal(_random, shape.BankLength);
        bank.AsSpan(20, 20).Clear();
        Check(shape, bank, 1e6, [1, 1]);
        Assert.Equal(-1000, Backend.Blend(shape, bank, new BlendAt(1e6, new double[] { 1, 1 }), new float[20]));
        Check(shape, bank, 0, [1, 1]);
    }

    [Fact]
    public void Blend_SteadyState_AllocatesNothing()
    {
        BankShape shape = new(64, HalfLivesMs);
        float[] bank = RandomVectors.Normal(_random, shape.BankLength);
        float[] query = new float[64];
        BlendAt at = new(40, new double[] { 0.4, 0.3, 0.2, 0.1 });
        long[] allocated = new long[3];
        for (int round = 0; round < allocated.Length; round++)
        {
            for (int call = 0; call < 100; call++)
            {
                Backend.DecayAccumulate(shape, bank, new BankStep(1000, 0, 1), query);
                Backend.Blend(shape, bank, at, query);
                Backend.Drift(Cosine, query, query);
            }

            allocated[round] = GC.GetAllocatedBytesForCurrentThread();
        }

        Assert.Equal(allocated[1], allocated[2]);
    }

    [Fact]
    public void Blend_IdleForAThousandHalfLives_KeepsItsDirection()
    {
        BankShape shape = new(3, [1000.0, 10.0]);
        float[] bank = [3, -4, 12, 1, 1, 1, 0, 0];
        float[] query = new float[3];
        double exponent = Backend.Blend(shape, bank, new BlendAt(1e6, new double[] { 2, 1 }), query);
        BitAssert.Equal([6, -8, 24], query, "direction");
        Assert.Equal(-1000, exponent);
    }

    [Fact]
    public void Blend_SlowestDimensionEmpty_OthersAreNotFlushed()
    {
        BankShape shape = new(2, [1000.0], [1000.0, 0.001]);
        float[] bank = [0, 5, 0];
        float[] query = new float[2];
        double exponent = Backend.Blend(shape, bank, new BlendAt(1e6, new double[] { 1 }), query);
        BitAssert.Equal([0, 5], query, "direction");
        Assert.Equal(-1e6, exponent, 1e-6);
    }

    [Fact]
    public void Blend_EmptyBankOrNoCoefficients_GivesZerosAndZero()
    {
        BankShape shape = new(4, [1000.0, double.PositiveInfinity]);
        float[] query = [9, 9, 9, 9];
        float[] bank = new float[shape.BankLength];
        Assert.Equal(0, Backend.Blend(shape, bank, new BlendAt(1e9, new double[] { 1, 1 }), query));
        BitAssert.Equal(new float[4], query, "empty");
        bank.AsSpan().Fill(3);
        Assert.Equal(0, Backend.Blend(shape, bank, new BlendAt(1e9, new double[] { 0, 0 }), query));
        BitAssert.Equal(new float[4], query, "no coefficients");
    }

    [Fact]
    public void Blend_AnyHistory_MatchesThePlainSumOverEvents()
    {
        BankShape shape = new(16, HalfLivesMs);
        double[] coefficients = [0.5, 0.25, 0.15, 0.1];
        float[] bank = new float[shape.BankLength];
        double[] plain = new double[16];
        const double ReadAtMs = 40e6;
        double bankAtMs = 0;
        for (int step = 0; step < 300; step++)
        {
            // Every fifth event comes late, by up to an hour.
            double eventAtMs = Math.Max(0, (step * 100_000) - (step % 5 == 0 ? _random.Next(3_600_000) : 0));
            float[] vector = RandomVectors.Normal(_random, 16);
            float weight = step % 7 == 0 ? -1 : 1 + (step % 3);
            double nextMs = Math.Max(bankAtMs, eventAtMs);
            Backend.DecayAccumulate(shape, bank, new BankStep(nextMs - bankAtMs, nextMs - eventAtMs, weight), vector);
            bankAtMs = nextMs;
            for (int m = 0; m < coefficients.Length; m++)
            {
                double remains = coefficients[m] * Math.Pow(2, -(ReadAtMs - eventAtMs) / HalfLivesMs[m]);
                for (int d = 0; d < 16; d++)
                {
                    plain[d] += remains * weight * vector[d];
                }
            }
        }

        float[] query = new float[16];
        double exponent = Backend.Blend(shape, bank, new BlendAt(ReadAtMs - bankAtMs, coefficients), query);
        double largest = plain.Max(Math.Abs);
        for (int d = 0; d < 16; d++)
        {
            Assert.Equal(plain[d] / largest, query[d] * Math.Pow(2, exponent) / largest, 2e-5);
        }
    }

    [Fact]
    public void Blend_ArgumentsWrong_Throws()
    {
        BankShape shape = new(2, [1000.0]);
        float[] bank = new float[3];
        Assert.Throws<ArgumentException>(() => Read(new double[] { 1, 2 }, 0, 2));
        Assert.Throws<ArgumentException>(() => Read(new double[] { double.NaN }, 0, 2));
        Assert.Throws<ArgumentException>(() => Read(new double[] { 1 }, 0, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => Read(new double[] { 1 }, -1, 2));

        void Read(double[] coefficients, double elapsedMs, int queryLength) =>
            Backend.Blend(shape, bank, new BlendAt(elapsedMs, coefficients), new float[queryLength]);
    }

    private float[] Check(BankShape shape, float[] bank, double elapsedMs, double[] coefficients)
    {
        BlendAt at = new(elapsedMs, coefficients);
        float[] expected = new float[shape.Dimension];
        GuardedFloats guardedBank = new(bank, shape.Dimension % 5);
        GuardedFloats actual = new(shape.Dimension, shape.Dimension % 3);
        double expectedExponent = BlendReference.Blend(shape, bank, at, expected);
        double exponent = Backend.Blend(shape, guardedBank.Span, at, actual.Span);
        BitAssert.Equal(expected, actual.Span, $"D={shape.Dimension}");
        Assert.Equal(expectedExponent, exponent);
        Assert.True(actual.IsIntact);
        return expected;
    }
}
