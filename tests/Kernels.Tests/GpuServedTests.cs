#if EBB_ILGPU
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;
using Ebb.Kernels.Gpu;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>
/// Users who come along with their queries, and sweeps: queries, scales and lists to the bit of the reference, drift to
/// its tolerance. One sealed class a device.
/// </summary>
public abstract class GpuServedTests
{
    private const int RowCount = 400;

    private static readonly double[] HalfLivesMs = [60_000, 3_600_000, 2.592e9, double.PositiveInfinity];

    private readonly MemoryBudget _budget = new(1L << 30);
    private readonly Random _random = new(RandomVectors.Seed);
    private readonly double[] _coefficients = [1, -0.5, 0.25, 1e-3];

    /// <summary>A backend with those sizes, or a skip with the reason.</summary>
    internal abstract GpuBackend Open(GpuTuning tuning);

    [Theory]
    [InlineData(1, 20, false)]
    [InlineData(3, 70, true)]
    [InlineData(5, 20, false)]
    [InlineData(5, 130, true)]
    public void TopK_UsersComeAlong_SameQueriesAndListsAsReference(int batchSize, int dimension, bool hasRates)
    {
        // Four queries and more go to tensor cores, with codes in the other order; one of the batch has no user.
        using GpuBackend backend = Open(GpuScanTests.Small with { UserRowsMin = 1 });
        using ItemMatrix items = Fill(backend, dimension);
        Assert.True(backend.TakesUsers(items));
        BankShape shape = Shape(dimension, hasRates);
        TopKRequest[] batch = [.. Enumerable.Range(0, batchSize).Select(_ => Request(User(shape), dimension))];
        if (batchSize > 1)
        {
            batch[1].User = null;
            batch[1].Query = RandomVectors.Normal(_random, dimension);
        }

        backend.TopK(items, batch);
        Assert.Equal(batchSize, backend.Counters.Queries);
        Assert.Equal(batchSize == 1 ? 1 : batchSize - 1, backend.Counters.Users);
        Assert.Equal(0, backend.Counters.CpuQueries);
        Assert.All(batch, request => Check(items, request));
    }

    [Fact]
    public void TopK_SmallDrift_ScansNothingForThatUser()
    {
        using GpuBackend backend = Open(GpuScanTests.Small with { UserRowsMin = 1 });
        using ItemMatrix items = Fill(backend, 20);
        BankShape shape = Shape(20, hasRates: false);
        TopKRequest[] batch = [.. Enumerable.Range(0, 3).Select(_ => Request(User(shape), 20))];
        batch[0].User!.KeepBelow = 2.1;
        batch[1].User!.Bank.AsSpan().Clear();
        batch[2].User!.Reference = [];
        batch[2].User!.KeepBelow = 2.1;
        backend.TopK(items, batch);
        Assert.True(batch[0].User!.IsKept);
        Assert.Equal(0, batch[0].Count);
        Assert.True(batch[1].User!.IsKept);
        Assert.Equal(new float[20], batch[1].Query);
        Assert.False(batch[2].User!.IsKept);
        Assert.True(double.IsNaN(batch[2].User!.Drift));
        Assert.Equal(0, backend.Counters.CpuQueries);
        Assert.All(batch, request => Check(items, request));
    }

    [Theory]
    [InlineData(DriftDistance.Euclidean)]
    [InlineData(DriftDistance.Attention)]
    [InlineData(DriftDistance.AttentionSquared)]
    public void TopK_OtherDistances_DriftIsTheReferences(DriftDistance distance)
    {
        using GpuBackend backend = Open(GpuScanTests.Small with { UserRowsMin = 1 });
        using ItemMatrix items = Fill(backend, 45);
        TopKRequest request = Request(User(Shape(45, hasRates: false)), 45);
        float[] weights = [.. RandomVectors.Normal(_random, 45).Select(MathF.Abs)];
        request.User!.Measure = new DriftMeasure(distance, Raw: false, weights);
        backend.TopK(items, [request]);
        Check(items, request);
    }

    [Fact]
    public void TopK_UsersThatTheDeviceCannotServe_AreTheCpus()
    {
        // A query near the end of codes' range has none; a second shape in a batch has no kernel launch; no rows.
        using GpuBackend backend = Open(GpuScanTests.Small with { UserRowsMin = 0 });
        using ItemMatrix items = Fill(backend, 20);
        TopKRequest large = Request(User(Shape(20, hasRates: false)), 20);
        large.User!.Bank.AsSpan().Fill(2e18f);
        large.User.Coefficients = new double[] { 0, 0, 0, 1 };
        TopKRequest other = Request(User(Shape(20, hasRates: true)), 20);
        backend.TopK(items, [large, other]);
        Assert.Equal(2, backend.Counters.CpuQueries);
        Check(items, large);
        Check(items, other);
        using ItemMatrix none = backend.CreateItems(20, _budget);
        TopKRequest alone = Request(User(Shape(20, hasRates: false)), 20);
        backend.TopK(none, [alone]);
        Assert.Equal(0, alone.Count);
        Check(none, alone);
    }

    [Fact]
    public void TopK_BadUser_IsRefusedAtTheDoor()
    {
        using GpuBackend backend = Open(GpuScanTests.Small);
        using ItemMatrix items = Fill(backend, 20);
        BankShape shape = Shape(20, hasRates: false);
        Refused(user => user.Bank = new float[3]);
        Refused(user => user.ElapsedMs = double.NaN);
        Refused(user => user.Coefficients = new double[2]);
        Refused(user => user.Coefficients = new[] { 1, double.NaN, 1, 1 });
        Refused(user => user.Reference = new float[19]);
        Refused(user => user.Shape = Shape(21, hasRates: false));

        void Refused(Action<TopKUser> spoil)
        {
            TopKRequest request = Request(User(shape), 20);
            spoil(request.User!);
            Assert.ThrowsAny<ArgumentException>(() => backend.TopK(items, [request]));
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(33, true)]
    [InlineData(64, false)]
    public void Sweep_Scores_SameBitsAsTheCpu(int dimension, bool isWeighted)
    {
        using GpuBackend backend = Open(new GpuTuning());
        BankShape shape = Shape(dimension, hasRates: false);
        UserSweep sweep = new(shape, 12, hasReferences: false) { Item = RandomVectors.Normal(_random, dimension) };
        float[] weights = isWeighted ? [.. RandomVectors.Normal(_random, dimension).Select(MathF.Abs)] : [];
        for (int round = 0; round < 2; round++)
        {
            Gather(sweep, 11 - round, weights);
            backend.Sweep(sweep);
            (double[] answers, double[] exponents) = Copy(sweep);
            UserSweepCpu.Run(new ReferenceBackend(), sweep);
            Assert.Equal(sweep.Answers, answers);
            Assert.Equal(sweep.Exponents, exponents);
            sweep.Clear();
        }

        backend.Sweep(sweep);
        Assert.Equal(2, backend.Counters.Sweeps);
        Assert.Equal(21, backend.Counters.SweptUsers);
    }

    [Theory]
    [InlineData(DriftDistance.Cosine)]
    [InlineData(DriftDistance.Attention)]
    public void Sweep_Drifts_MatchTheReference(DriftDistance distance)
    {
        const int Dimension = 45;
        using GpuBackend backend = Open(new GpuTuning());
        float[] weights = [.. RandomVectors.Normal(_random, Dimension).Select(MathF.Abs)];
        UserSweep sweep = new(Shape(Dimension, hasRates: false), 9, hasReferences: true)
        {
            Measure = new DriftMeasure(distance, Raw: false, weights),
        };
        Gather(sweep, 9, []);
        RandomVectors.Normal(_random, 9 * Dimension).CopyTo(sweep.References, 0);
        sweep.References.AsSpan(0, Dimension).Clear();
        backend.Sweep(sweep);
        (double[] answers, double[] exponents) = Copy(sweep);
        UserSweepCpu.Run(new ReferenceBackend(), sweep);
        Assert.Equal(sweep.Exponents, exponents);
        Assert.All(
            sweep.Answers.Zip(answers),
            pair => Assert.True(Math.Abs(pair.First - pair.Second) <= 1e-12 * Math.Max(1, pair.First)));
    }

    private static (double[] Answers, double[] Exponents) Copy(UserSweep sweep) =>
        ([.. sweep.Answers], [.. sweep.Exponents]);

    private void Gather(UserSweep sweep, int count, float[] weights)
    {
        double[] other = [0, 0, 1, 2];
        for (int user = 0; user < count; user++)
        {
            float[] bank = RandomVectors.Spread(_random, sweep.Shape.BankLength, -3, 3);
            if (user == 2)
            {
                bank.AsSpan().Clear();
            }

            sweep.Add(bank, Time(), user % 3 == 0 ? other : _coefficients, user % 3 == 0 ? [] : weights);
        }
    }

    private TopKUser User(BankShape shape) => new()
    {
        Shape = shape,
        Bank = RandomVectors.Spread(_random, shape.BankLength, -2, 2),
        ElapsedMs = Time(),
        Coefficients = _coefficients,
        Reference = RandomVectors.Normal(_random, shape.Dimension),
    };

    private TopKRequest Request(TopKUser user, int dimension) => new()
    {
        User = user,
        Query = new float[dimension],
        K = 3,
        Results = new ScoredItem[3],
    };

    private static void Check(ItemMatrix items, TopKRequest request)
    {
        if (request.User is { } user)
        {
            float[] query = new float[request.Query.Length];
            double exponent = BlendReference.Blend(
                user.Shape, user.Bank, new BlendAt(user.ElapsedMs, user.Coefficients), query);
            BitAssert.Equal(query, request.Query, "query");
            Assert.Equal(exponent, user.Exponent);
            double drift = user.Reference.Length == 0
                ? double.NaN
                : DriftReference.Drift(user.Measure, query, user.Reference);
            Assert.Equal(double.IsNaN(drift), double.IsNaN(user.Drift));
            Assert.False(Math.Abs(drift - user.Drift) > 1e-12 * Math.Max(1, drift), $"{drift} {user.Drift}");
        }

        if (request.User is not { IsKept: true })
        {
            TopKRequest expected = new() { Query = request.Query, K = 3, Results = new ScoredItem[3] };
            TopKReference.TopK(items, [expected]);
            Assert.Equal(expected.Results.Take(expected.Count), request.Results.Take(request.Count));
        }
    }

    private ItemMatrix Fill(GpuBackend backend, int dimension)
    {
        ItemMatrix items = backend.CreateItems(dimension, _budget);
        items.EnsureCapacity(RowCount);
        for (int row = 0; row < RowCount; row++)
        {
            items.Write(row, RandomVectors.Normal(_random, dimension));
        }

        items.Publish(RowCount);
        return items;
    }

    private BankShape Shape(int dimension, bool hasRates)
    {
        double[] rates = [.. Enumerable.Range(0, dimension).Select(_ => 0.1 + (10 * _random.NextDouble()))];
        return new BankShape(dimension, HalfLivesMs, hasRates ? rates : []);
    }

    private double Time() => Math.Pow(10, _random.NextDouble() * 8);
}
#endif
