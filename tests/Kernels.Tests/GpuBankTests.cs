#if EBB_ILGPU
using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;
using Ebb.Kernels.Gpu;
using Ebb.Kernels.TopK;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>
/// Banks of many users on a device: the reference's bytes when written, its bits when blended, its drift to a
/// tolerance. One sealed class a device.
/// </summary>
public abstract class GpuBankTests
{
    private const int UserCount = 9;

    private static readonly double[] HalfLivesMs = [60_000, 3_600_000, 2.592e9, double.PositiveInfinity];

    private readonly Random _random = new(RandomVectors.Seed);

    /// <summary>A device, or a skip with the reason.</summary>
    internal abstract GpuDevice Open();

    [Theory]
    [InlineData(1, false)]
    [InlineData(33, false)]
    [InlineData(70, true)]
    public void Apply_RunsOfEvents_SameBytesAsReference(int dimension, bool hasRates)
    {
        BankShape shape = Shape(dimension, hasRates);
        float[] expected = Banks(shape, -6, 6);
        using GpuDevice device = Open();
        using GpuUsers users = new(device, shape, UserCount);
        users.Load(expected, new double[UserCount], new float[UserCount * dimension]);
        List<BankRunGpu> runs = [];
        List<BankEventGpu> events = [];
        List<float> vectors = [];
        for (int user = 0; user < UserCount; user += 2)
        {
            runs.Add(new BankRunGpu(user, events.Count, user % 4));
            for (int at = 0; at < user % 4; at++)
            {
                float[] vector = RandomVectors.Normal(_random, dimension);
                BankEventGpu applied = new(Time(), at == 1 ? Time() : 0, at == 0 ? 0 : events.Count + 1, 1.5f - at);
                Reference(shape, expected.AsSpan(user * shape.BankLength, shape.BankLength), applied, vector);
                events.Add(applied);
                vectors.AddRange(vector);
            }
        }

        users.Apply([.. runs], [.. events], [.. vectors]);
        BitAssert.Equal(expected, users.ReadBanks(), "banks");
    }

    [Theory]
    [InlineData(1, false, -3, 3)]
    [InlineData(33, false, -3, 3)]
    [InlineData(40, true, -3, 3)]
    [InlineData(19, false, -44, -38)]
    [InlineData(19, false, 35, 38)]
    [InlineData(19, true, -44, 37)]
    public void BlendDrift_AnyBank_SameBitsAsReference(int dimension, bool hasRates, double low, double high)
    {
        BankShape shape = Shape(dimension, hasRates);
        float[] banks = Banks(shape, low, high);

        // Users without their slowest row, without anything, and read at the moment of their last event.
        banks.AsSpan((2 * shape.BankLength) + (3 * dimension), dimension).Clear();
        banks.AsSpan(4 * shape.BankLength, shape.BankLength).Clear();
        double[] elapsedMs = [.. Enumerable.Range(0, UserCount).Select(user => user == 5 ? 0 : Time())];
        float[] references = RandomVectors.Normal(_random, UserCount * dimension);
        double[] coefficients = [1, -0.5, 0, 1e-9];
        using GpuDevice device = Open();
        using GpuUsers users = new(device, shape, UserCount);
        users.Load(banks, elapsedMs, references);
        users.BlendDrift(coefficients, new DriftMeasure(DriftDistance.Cosine));
        float[] queries = users.ReadQueries();
        for (int user = 0; user < UserCount; user++)
        {
            float[] expected = new float[dimension];
            ReadOnlySpan<float> bank = banks.AsSpan(user * shape.BankLength, shape.BankLength);
            double exponent = BlendReference.Blend(shape, bank, new BlendAt(elapsedMs[user], coefficients), expected);
            BitAssert.Equal(expected, queries.AsSpan(user * dimension, dimension), $"user {user}");
            Assert.Equal(exponent, users.ReadExponents()[user]);
        }
    }

    [Theory]
    [InlineData(DriftDistance.Cosine, false)]
    [InlineData(DriftDistance.Euclidean, false)]
    [InlineData(DriftDistance.Euclidean, true)]
    [InlineData(DriftDistance.Attention, false)]
    [InlineData(DriftDistance.AttentionSquared, true)]
    public void BlendDrift_AnyMeasure_MatchesReferenceAndFillsBins(DriftDistance distance, bool isRaw)
    {
        const int Dimension = 45;
        BankShape shape = Shape(Dimension, hasRates: false);
        float[] banks = Banks(shape, -1, 1);
        banks.AsSpan(0, 2 * shape.BankLength).Clear();
        float[] references = RandomVectors.Normal(_random, UserCount * Dimension);
        references.AsSpan(0, Dimension).Clear();
        references.AsSpan(6 * Dimension, Dimension).Clear();
        float[] attention = [.. RandomVectors.Normal(_random, Dimension).Select(MathF.Abs)];
        DriftMeasure measure = new(distance, isRaw, attention);
        using GpuDevice device = Open();
        using GpuUsers users = new(device, shape, UserCount);
        users.Load(banks, new double[UserCount], references);
        users.BlendDrift([0.5, 0.25, 0.15, 0.1], measure);
        float[] queries = users.ReadQueries();
        double[] drifts = users.ReadDrifts();
        int[] bins = new int[UserSweepGpu.BinCount];
        for (int user = 0; user < UserCount; user++)
        {
            double expected = DriftReference.Drift(
                measure,
                queries.AsSpan(user * Dimension, Dimension),
                references.AsSpan(user * Dimension, Dimension));
            Assert.True(Math.Abs(expected - drifts[user]) <= 1e-12 * Math.Max(1, expected), $"user {user}");
            bins[Math.Min(UserSweepGpu.BinCount - 1, (int)(drifts[user] * UserSweepGpu.BinCount / 2))]++;
        }

        Assert.Equal(bins, users.ReadBins());
    }

    [Fact]
    public void BlendDrift_ReferenceIsTheBlend_DriftIsExactlyZero()
    {
        BankShape shape = Shape(45, hasRates: false);
        float[] banks = Banks(shape, -1, 1);
        using GpuDevice device = Open();
        using GpuUsers users = new(device, shape, UserCount);
        users.Load(banks, new double[UserCount], new float[UserCount * 45]);
        users.BlendDrift([1, 1, 1, 1], new DriftMeasure(DriftDistance.Cosine));
        users.Load(banks, new double[UserCount], users.ReadQueries());
        users.BlendDrift([1, 1, 1, 1], new DriftMeasure(DriftDistance.Cosine));
        Assert.All(users.ReadDrifts(), drift => Assert.Equal(0, drift));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(50)]
    public void Audience_AnyItem_BestCosinesFirst(int k)
    {
        const int Dimension = 24;
        BankShape shape = Shape(Dimension, hasRates: false);
        float[] banks = Banks(shape, -1, 1);
        banks.AsSpan(shape.BankLength, shape.BankLength).CopyTo(banks.AsSpan(7 * shape.BankLength));
        double[] elapsedMs = [.. Enumerable.Range(0, UserCount).Select(user => user is 1 or 7 ? 5e6 : Time())];
        float[] item = RandomVectors.Normal(_random, Dimension);
        double[] coefficients = [0.4, 0.3, 0.2, 0.1];
        using GpuDevice device = Open();
        using GpuUsers users = new(device, shape, UserCount);
        users.Load(banks, elapsedMs, new float[UserCount * Dimension]);
        ScoredItem[] found = users.Audience(coefficients, item, k);
        DriftMeasure cosine = new(DriftDistance.Cosine);
        List<ScoredItem> expected = [];
        for (int user = 0; user < UserCount; user++)
        {
            float[] query = new float[Dimension];
            ReadOnlySpan<float> bank = banks.AsSpan(user * shape.BankLength, shape.BankLength);
            BlendReference.Blend(shape, bank, new BlendAt(elapsedMs[user], coefficients), query);
            expected.Add(new ScoredItem(user, (float)(1 - DriftReference.Drift(cosine, query, item))));
        }

        ScoredItem[] best = [.. expected.OrderByDescending(user => user.Score).ThenBy(user => user.Index).Take(k)];
        Assert.Equal(best.Select(user => user.Index), found.Select(user => user.Index));
        Assert.All(best.Zip(found), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-6));
    }

    private static void Reference(BankShape shape, Span<float> bank, BankEventGpu applied, float[] vector)
    {
        DecayReference.Decay(shape, bank, applied.ElapsedMs);
        if (applied.Vector != 0)
        {
            DecayReference.Accumulate(shape, bank, applied.AgeMs, applied.Weight, vector);
        }
    }

    private BankShape Shape(int dimension, bool hasRates)
    {
        double[] rates = [.. Enumerable.Range(0, dimension).Select(_ => 0.1 + (10 * _random.NextDouble()))];
        return new BankShape(dimension, HalfLivesMs, hasRates ? rates : []);
    }

    private float[] Banks(BankShape shape, double exponentMin, double exponentMax) =>
        RandomVectors.Spread(_random, UserCount * shape.BankLength, exponentMin, exponentMax);

    private double Time() => Math.Pow(10, _random.NextDouble() * 11);
}
#endif
