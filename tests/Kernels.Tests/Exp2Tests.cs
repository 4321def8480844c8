using System.Numerics;
using Ebb.Kernels.Decay;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

public sealed class Exp2Tests
{
    private const int Bits = 160;

    // ln 2 to 160 bits, from Σ 1/(k·2^k).
    private static readonly BigInteger LogOfTwo = Enumerable.Range(1, Bits + 8)
        .Aggregate(BigInteger.Zero, (sum, k) => sum + ((BigInteger.One << Bits) / (k * (BigInteger.One << k))));

    [Fact]
    public void Of_RandomExponents_WithinSixTenthsOfAnUlp()
    {
        Random random = new(RandomVectors.Seed);
        double worst = 0;
        for (int round = 0; round < 4000; round++)
        {
            double x = round % 2 == 0 ? -random.NextDouble() * 1021 : -Math.Pow(10, (random.NextDouble() * 12) - 9);
            worst = Math.Max(worst, ErrorUlps(x));
        }

        Assert.InRange(worst, 0.4, 0.6);
    }

    [Fact]
    public void Of_WholeExponents_AreExact()
    {
        for (int exponent = -1074; exponent <= 1023; exponent++)
        {
            Assert.Equal(Math.ScaleB(1, exponent), Exp2.Of(exponent));
        }
    }

    [Fact]
    public void Of_AcrossStepBoundaries_NeverRises()
    {
        for (double x = 0; x > -40; x -= 1.0 / 1024)
        {
            Assert.True(Exp2.Of(Math.BitDecrement(x)) <= Exp2.Of(x), $"rises below {x:R}");
        }
    }

    [Theory]
    [InlineData(0.0, 1.0)]
    [InlineData(-5e-324, 1.0)]
    [InlineData(double.NegativeInfinity, 0.0)]
    [InlineData(-1075.0, 0.0)]
    [InlineData(-1e300, 0.0)]
    [InlineData(1024.0, double.PositiveInfinity)]
    [InlineData(double.NaN, double.NaN)]
    public void Of_SpecialValues_AreDefined(double x, double expected) => Assert.Equal(expected, Exp2.Of(x));

    [Fact]
    public void Of_SubnormalResults_RoundOnce()
    {
        Assert.Equal(Math.Pow(2, -0.5) * Math.Pow(2, -1050), Exp2.Of(-1050.5));
        Assert.Equal(5e-324, Exp2.Of(-1074.5));
    }

    /// <summary>Distance from the true 2^x, by a Taylor series in 160-bit fixed point, in ulps of the result.</summary>
    private static double ErrorUlps(double x)
    {
        double actual = Exp2.Of(x);
        int whole = (int)Math.Floor(x);
        BigInteger y = (FixedPoint(x) - ((BigInteger)whole << Bits)) * LogOfTwo >> Bits;
        BigInteger term = BigInteger.One << Bits;
        BigInteger sum = BigInteger.Zero;
        for (int k = 1; !term.IsZero; k++)
        {
            sum += term;
            term = (term * y >> Bits) / k;
        }

        BigInteger difference = FixedPoint(Math.ScaleB(actual, -whole)) - sum;
        double ulp = Math.BitIncrement(actual) - actual;
        return Math.Abs((double)difference) / Math.Pow(2, Bits) / Math.ScaleB(ulp, -whole);
    }

    private static BigInteger FixedPoint(double value) => new BigInteger(Math.ScaleB(value, Bits - 10)) << 10;
}
