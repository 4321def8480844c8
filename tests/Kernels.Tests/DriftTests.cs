using Ebb.Kernels.Backends;
using Ebb.Kernels.Drift;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>Distances against the reference, to 1e-12. One sealed class a backend.</summary>
public abstract class DriftTests
{
    private const double Tolerance = 1e-12;

    private readonly Random _random = new(RandomVectors.Seed);

    protected abstract IKernelBackend Backend { get; }

    public static TheoryData<DriftDistance, bool> Measures()
    {
        TheoryData<DriftDistance, bool> measures = [];
        foreach (DriftDistance distance in Enum.GetValues<DriftDistance>())
        {
            measures.Add(distance, false);
            measures.Add(distance, true);
        }

        return measures;
    }

    [Theory]
    [MemberData(nameof(Measures))]
    public void Drift_EveryDimension_MatchesReference(DriftDistance distance, bool isRaw)
    {
        for (int dimension = 1; dimension <= 257; dimension++)
        {
            float[] a = RandomVectors.Normal(_random, dimension);
            float[] b = dimension % 2 == 0 ? RandomVectors.Normal(_random, dimension) : [.. a.Select(x => x * 1.001f)];
            Check(new DriftMeasure(distance, isRaw, Attention(dimension)), a, b);
        }
    }

    [Theory]
    [MemberData(nameof(Measures))]
    public void Drift_EndsOfTheFloatRange_MatchesReference(DriftDistance distance, bool isRaw)
    {
        foreach ((double low, double high) in new[] { (-44.0, -40.0), (36.0, 38.0), (-44.0, 38.0) })
        {
            float[] a = RandomVectors.Spread(_random, 67, low, high);
            float[] b = RandomVectors.Spread(_random, 67, low, high);
            Check(new DriftMeasure(distance, isRaw, Attention(67)), a, b);
        }
    }

    [Theory]
    [MemberData(nameof(Measures))]
    public void Drift_EqualVectors_IsExactlyZero(DriftDistance distance, bool isRaw)
    {
        for (int dimension = 1; dimension <= 40; dimension++)
        {
            float[] vector = RandomVectors.Spread(_random, dimension, -6, 6);
            DriftMeasure measure = new(distance, isRaw, Attention(dimension));
            Assert.Equal(0, Backend.Drift(measure, vector, (float[])vector.Clone()));
            Assert.Equal(0, Backend.Drift(measure, new float[dimension], new float[dimension]));
        }
    }

    [Fact]
    public void Drift_ZeroAgainstAnything_IsOneForDirections()
    {
        float[] zero = new float[5];
        float[] other = [0, 0, 1e-40f, 0, 0];
        foreach (DriftDistance distance in new[] { DriftDistance.Cosine, DriftDistance.Euclidean })
        {
            DriftMeasure measure = new(distance);
            Assert.Equal(1, Backend.Drift(measure, zero, other), Tolerance);
            Assert.Equal(1, Backend.Drift(measure, other, zero), Tolerance);
        }

        float[] attention = [0.1f, 0.1f, 0.25f, 0.1f, 0.45f];
        DriftMeasure weighted = new(DriftDistance.Attention, Attention: attention);
        Assert.Equal(0.5, Backend.Drift(weighted, zero, other), 1e-7);
    }

    [Fact]
    public void Drift_KnownAngles_HaveKnownValues()
    {
        Assert.Equal(2, Backend.Drift(new DriftMeasure(DriftDistance.Cosine), [1, 2], [-2, -4]), Tolerance);
        Assert.Equal(1, Backend.Drift(new DriftMeasure(DriftDistance.Cosine), [1, 0], [0, 7]), Tolerance);
        Assert.Equal(2, Backend.Drift(new DriftMeasure(DriftDistance.Euclidean), [1, 0], [-9, 0]), Tolerance);
        Assert.Equal(5, Backend.Drift(new DriftMeasure(DriftDistance.Euclidean, Raw: true), [3, 0], [0, 4]), Tolerance);
    }

    [Fact]
    public void Drift_LengthsWrong_Throws()
    {
        Assert.Throws<ArgumentException>(() => Backend.Drift(new DriftMeasure(DriftDistance.Cosine), [1, 2], [1]));
        Assert.Throws<ArgumentException>(
            () => Backend.Drift(new DriftMeasure(DriftDistance.Attention, false, new float[1]), [1, 2], [1, 2]));
    }

    private void Check(DriftMeasure measure, float[] a, float[] b)
    {
        GuardedFloats current = new(a, a.Length % 5);
        GuardedFloats reference = new(b, a.Length % 3);
        double expected = DriftReference.Drift(measure, a, b);
        double actual = Backend.Drift(measure, current.Span, reference.Span);
        Assert.True(Math.Abs(expected - actual) <= Tolerance * Math.Max(1, expected), $"{actual:R}, not {expected:R}");
    }

    private float[] Attention(int dimension)
    {
        float[] weights = [.. Enumerable.Range(0, dimension).Select(_ => _random.NextSingle())];
        float sum = weights.Sum();
        return [.. weights.Select(weight => weight / sum)];
    }
}
