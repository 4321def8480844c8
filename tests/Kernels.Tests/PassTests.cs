using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>Update, blend and drift of one event: the references' bits, drift to 1e-12, nothing allocated.</summary>
public sealed class PassTests
{
    private static readonly double[] HalfLivesMs = [60_000, 3_600_000, 2.592e9, double.PositiveInfinity];

    private readonly Random _random = new(RandomVectors.Seed);
    private readonly IKernelBackend _cpu = new CpuBackend(threads: 1);
    private readonly IKernelBackend _reference = new ReferenceBackend();

    private delegate int Walk(in PassSpans spans, int index, ref PassSums sums);

    [Fact]
    public void UpdateAndRead_EveryDimension_SameBitsAsReference()
    {
        for (int dimension = 1; dimension <= 257; dimension++)
        {
            double[] rates = [.. Enumerable.Range(0, dimension).Select(_ => 0.1 + (10 * _random.NextDouble()))];
            BankShape shape = new(dimension, HalfLivesMs.AsSpan(0, 1 + (dimension % 4)), dimension % 5 == 0 ? rates : []);
            float[] bank = RandomVectors.Spread(_random, shape.BankLength, -3, 3);
            double[] coefficients = [.. new[] { 1, -0.5, dimension % 3, 0.25 }.Take(shape.HalfLifeCount)];
            double elapsedMs = dimension % 7 == 0 ? 0 : Math.Pow(10, _random.NextDouble() * 9);
            BankStep step = new(_random.NextDouble() * 1e7, dimension % 2 * 1e6, -1.5f);
            Check(shape, bank, step, new BlendAt(elapsedMs, coefficients));
        }
    }

    [Theory]
    [InlineData(-44, -38)]
    [InlineData(-21, -17)]
    [InlineData(17, 21)]
    [InlineData(30, 36)]
    public void UpdateAndRead_TotalsFarFromOne_SameBitsAsReference(double exponentMin, double exponentMax)
    {
        BankShape shape = new(37, HalfLivesMs);
        for (int round = 0; round < 200; round++)
        {
            float[] bank = RandomVectors.Spread(_random, shape.BankLength, exponentMin, exponentMax);
            Check(shape, bank, new BankStep(1, 0, 0), new BlendAt(round * 1e5, new double[] { 1e3, 1, 0.1, 1e-9 }));
        }
    }

    [Fact]
    public void UpdateAndRead_SlowestRowEmpty_TakesTheExponentOfTheNext()
    {
        BankShape shape = new(20, [1000.0, 2000.0]);
        float[] bank = RandomVectors.Normal(_random, shape.BankLength);
        bank.AsSpan(20, 20).Clear();
        BankReading reading = Check(shape, bank, new BankStep(0, 0, 0), new BlendAt(1e6, new double[] { 1, 1 }));
        Assert.Equal(-1000, reading.Log2Scale);
    }

    [Fact]
    public void UpdateAndRead_EmptyOrNoCoefficients_GivesZeros()
    {
        BankShape shape = new(20, [1000.0, 2000.0]);
        Check(shape, new float[shape.BankLength], new BankStep(5, 0, 0), new BlendAt(7, new double[] { 1, 1 }));
        float[] bank = RandomVectors.Normal(_random, shape.BankLength);
        BankReading reading = Check(shape, bank, new BankStep(5, 0, 1), new BlendAt(7, new double[] { 0, 0 }));
        Assert.Equal(0, reading.Log2Scale);
    }

    [Fact]
    public void UpdateAndRead_SteadyState_AllocatesNothing()
    {
        BankShape shape = new(64, HalfLivesMs);
        float[] bank = RandomVectors.Normal(_random, shape.BankLength);
        float[] vector = RandomVectors.Normal(_random, 64);
        float[] query = new float[64];
        BlendAt at = new(40, new double[] { 0.4, 0.3, 0.2, 0.1 });
        DriftMeasure measure = new(DriftDistance.Cosine);
        Run(10);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(1000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Run(int count)
        {
            for (int round = 0; round < count; round++)
            {
                BankPass pass = new()
                {
                    Step = new BankStep(1000, 0, 1),
                    Vector = vector,
                    At = at,
                    Query = query,
                    Drift = measure,
                    Reference = vector,
                };
                _cpu.UpdateAndRead(shape, bank, pass);
            }
        }
    }

    [Fact]
    public void UpdateAndRead_ArgumentsWrong_ThrowsAndChangesNothing()
    {
        BankShape shape = new(2, [1000.0]);
        float[] bank = [1, 2, 3];
        BlendAt good = new(1, new double[] { 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => Call(good, -1, 2));
        Assert.Throws<ArgumentException>(() => Call(good, 1, 3));
        Assert.Throws<ArgumentException>(() => Call(new BlendAt(1, new double[] { 1, 2 }), 1, 2));
        Assert.Throws<ArgumentException>(() => Call(good, 1, 2, referenceLength: 1));
        BitAssert.Equal([1, 2, 3], bank, "refused");

        void Call(BlendAt at, double elapsedMs, int vectorLength, int referenceLength = 2) => _cpu.UpdateAndRead(
            shape,
            bank,
            new BankPass
            {
                Step = new BankStep(elapsedMs, 0, 1),
                Vector = new float[vectorLength],
                At = at,
                Query = new float[2],
                Drift = new DriftMeasure(DriftDistance.Cosine),
                Reference = new float[referenceLength],
            });
    }

    [Fact]
    public void Run_EachWidth_SameBitsAsScalar()
    {
        Walk[] walks =
        [
            PassTraversal.Run128<UpdateCompareMode>,
            PassTraversal.Run256<UpdateCompareMode>,
            PassTraversal.Run512<UpdateCompareMode>,
        ];
        for (int length = 1; length <= 130; length++)
        {
            float[] bank = RandomVectors.Spread(_random, 3 * length, -6, 6);
            float[] vector = RandomVectors.Normal(_random, length);
            float[] reference = RandomVectors.Normal(_random, length);
            foreach (Walk walk in walks)
            {
                GuardedFloats expectedBank = new(bank);
                GuardedFloats actualBank = new(bank, length % 7);
                GuardedFloats expected = new(length);
                GuardedFloats actual = new(length, length % 5);
                PassSums sums = default;
                int stopped = walk(Spans(actualBank, actual), 0, ref sums);
                PassTraversal.RunScalar<UpdateCompareMode>(Spans(actualBank, actual), stopped, ref sums);
                PassSums plain = default;
                PassTraversal.RunScalar<UpdateCompareMode>(Spans(expectedBank, expected), 0, ref plain);
                BitAssert.Equal(expectedBank.Span, actualBank.Span, $"bank, length {length}");
                BitAssert.Equal(expected.Span, actual.Span, $"query, length {length}");
                Assert.Equal(plain.Magnitude, sums.Magnitude);
                Assert.Equal(1, sums.Cosine.CurrentSquared / plain.Cosine.CurrentSquared, 1e-13);
                Assert.Equal(1, sums.Cosine.ReferenceSquared / plain.Cosine.ReferenceSquared, 1e-13);
                Assert.InRange(length - stopped, 0, 15);
                Assert.True(actualBank.IsIntact && actual.IsIntact);
            }

            PassSpans Spans(GuardedFloats sums, GuardedFloats query) => new()
            {
                Sums = sums.Span,
                Rows = new PassRow[]
                {
                    new() { Factor = 0.7f, Impulse = 1.3f, Scale = 0.3, Offset = 0 },
                    new() { Factor = 0.9f, Impulse = -2.1f, Scale = 1e-3, Offset = 2 * length },
                },
                Vector = vector,
                Query = query.Span,
                Reference = reference,
            };
        }
    }

    private BankReading Check(BankShape shape, float[] bank, BankStep step, BlendAt at)
    {
        float[] vector = RandomVectors.Normal(_random, shape.Dimension);
        float[] served = RandomVectors.Normal(_random, shape.Dimension);
        float[] expectedBank = (float[])bank.Clone();
        float[] expectedQuery = new float[shape.Dimension];
        BankReading reading = default;
        foreach (DriftMeasure? measure in (DriftMeasure?[])
            [new(DriftDistance.Cosine), null, new(DriftDistance.Euclidean), new(DriftDistance.Cosine, Raw: true)])
        {
            GuardedFloats actualBank = new(bank, shape.Dimension % 5);
            GuardedFloats actualQuery = new(shape.Dimension, shape.Dimension % 3);
            bank.CopyTo(expectedBank, 0);
            BankReading expected = _reference.UpdateAndRead(shape, expectedBank, Pass(measure, expectedQuery));
            reading = _cpu.UpdateAndRead(shape, actualBank.Span, Pass(measure, actualQuery.Span));
            BitAssert.Equal(expectedBank, actualBank.Span, $"bank, D={shape.Dimension}");
            BitAssert.Equal(expectedQuery, actualQuery.Span, $"query, D={shape.Dimension}");
            Assert.Equal(expected.Log2Scale, reading.Log2Scale);
            Assert.Equal(measure is null, double.IsNaN(reading.Drift));
            Assert.Equal(expected.Drift, reading.Drift, measure is null ? 0 : 1e-12 * Math.Max(1, expected.Drift));
            Assert.True(actualBank.IsIntact && actualQuery.IsIntact);
        }

        return reading;

        BankPass Pass(DriftMeasure? measure, Span<float> query) => new()
        {
            Step = step,
            Vector = vector,
            At = at,
            Query = query,
            Drift = measure,
            Reference = served,
        };
    }
}
