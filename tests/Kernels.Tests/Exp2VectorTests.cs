using System.Runtime.Intrinsics;
using Ebb.Kernels.Decay;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>Every lane of every width has the scalar's bits; widths that the machine lacks are emulated.</summary>
public sealed class Exp2VectorTests
{
    private readonly Random _random = new(RandomVectors.Seed);

    [Fact]
    public void Of_MillionsOfExponents_SameBitsAsScalar()
    {
        double[] lanes = new double[8];
        for (int round = 0; round < 250_000; round++)
        {
            for (int lane = 0; lane < lanes.Length; lane++)
            {
                lanes[lane] = Exponent(round);
            }

            Check(lanes);
        }
    }

    [Fact]
    public void Of_EdgesAndTheirNeighbours_SameBitsAsScalar()
    {
        List<double> edges =
        [
            0.0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, -double.Epsilon,
            double.MaxValue, double.MinValue, 1e18, -1e18, 1e9, -1e9,
        ];
        for (int sixteenth = -1080 * 16; sixteenth <= 1030 * 16; sixteenth++)
        {
            // The rounding of 16·x turns at odd 32nds.
            foreach (double edge in (double[])[sixteenth / 16.0, (sixteenth + 0.5) / 16.0])
            {
                edges.AddRange([edge, Math.BitDecrement(edge), Math.BitIncrement(edge)]);
            }
        }

        while (edges.Count % 8 != 0)
        {
            edges.Add(0);
        }

        foreach (double[] lanes in edges.Chunk(8))
        {
            Check(lanes);
        }
    }

    private static void Check(double[] lanes)
    {
        Vector512<double> x = Vector512.Create(lanes);
        Vector512<double> wide = Exp2Vector.Of(x);
        Vector512<double> halves = Vector512.Create(Exp2Vector.Of(x.GetLower()), Exp2Vector.Of(x.GetUpper()));
        for (int lane = 0; lane < lanes.Length; lane++)
        {
            Vector128<double> pair = Exp2Vector.Of(Vector128.Create(lanes[lane], -1.5));
            double expected = Exp2.Of(lanes[lane]);
            if (!Same(expected, wide[lane]) || !Same(expected, halves[lane]) || !Same(expected, pair[0]))
            {
                Assert.Fail(
                    $"2^{lanes[lane]:R} is {expected:R}; 512: {wide[lane]:R}, 256: {halves[lane]:R}, 128: {pair[0]:R}");
            }
        }
    }

    // Every NaN counts as the same: which one comes out is the processor's choice.
    private static bool Same(double expected, double actual) =>
        BitConverter.DoubleToInt64Bits(expected) == BitConverter.DoubleToInt64Bits(actual)
        || (double.IsNaN(expected) && double.IsNaN(actual));

    private double Exponent(int round) => (round % 4) switch
    {
        0 => -_random.NextDouble() * 1080,
        1 => -Math.Pow(10, (_random.NextDouble() * 30) - 26),
        2 => (_random.NextDouble() * 2200) - 1100,
        _ => BitConverter.Int64BitsToDouble(_random.NextInt64(long.MinValue, long.MaxValue)),
    };
}
