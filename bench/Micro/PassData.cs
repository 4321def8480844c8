using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;

namespace Ebb.Bench.Micro;

/// <summary>
/// Users whose banks together take about so many bytes, each with an item and the vector of a served list. The same
/// methods for BenchmarkDotNet and for the interleaved ratios; each goes over all users once.
/// </summary>
internal sealed class PassData
{
    // An event a second after the last one, read 40 ms later: neither factor is 1.
    private const double ElapsedMs = 1000;
    private const double ReadAfterMs = 40;
    private const int ItemCount = 16;

    private static readonly double[] HalfLivesMs = [60_000, 3_600_000, 86_400_000, 2.592e9];

    private readonly IKernelBackend _cpu = new CpuBackend(threads: 1);
    private readonly IKernelBackend _reference = new ReferenceBackend();
    private readonly DriftMeasure _measure = new(DriftDistance.Cosine);
    private readonly double[] _coefficients;
    private readonly BankShape _shape;
    private readonly float[][] _items = new float[ItemCount][];
    private readonly float[] _banks;
    private readonly float[] _served;
    private readonly float[] _query;
    private readonly float[] _copy;

    public PassData(int dimension, int halfLifeCount, int bytes, bool hasRates)
    {
        Random random = new(42);
        double[] rates = hasRates ? [.. Enumerable.Range(0, dimension).Select(_ => 0.5 + random.NextDouble())] : [];
        _shape = new BankShape(dimension, HalfLivesMs.AsSpan(0, halfLifeCount), rates);
        _coefficients = [.. new[] { 0.5, 0.25, 0.15, 0.1 }.Take(halfLifeCount)];
        UserCount = Math.Max(1, bytes / (_shape.BankLength * sizeof(float)));
        _banks = BenchData.Vector(random, UserCount * _shape.BankLength);
        _served = BenchData.Vector(random, UserCount * dimension);
        for (int item = 0; item < ItemCount; item++)
        {
            _items[item] = BenchData.Vector(random, dimension);
        }

        _query = new float[dimension];
        _copy = new float[UserCount * _shape.BankLength];
    }

    public int UserCount { get; }

    /// <summary>The bytes of every bank, once to another place.</summary>
    public float CopyBanks()
    {
        for (int user = 0; user < UserCount; user++)
        {
            Bank(user).CopyTo(_copy.AsSpan(user * _shape.BankLength, _shape.BankLength));
        }

        return _copy[0];
    }

    /// <summary>Update, blend and drift in double: the specification.</summary>
    public double PassReference() => Pass(_reference);

    /// <summary>The same on registers.</summary>
    public double Pass() => Pass(_cpu);

    public double Update()
    {
        for (int user = 0; user < UserCount; user++)
        {
            _cpu.DecayAccumulate(_shape, Bank(user), new BankStep(ElapsedMs, 0, 1), _items[user % ItemCount]);
        }

        return _banks[0];
    }

    public double BlendOnly()
    {
        double sum = 0;
        for (int user = 0; user < UserCount; user++)
        {
            sum += _cpu.Blend(_shape, Bank(user), new BlendAt(ReadAfterMs, _coefficients), _query);
        }

        return sum;
    }

    public double DriftOnly()
    {
        double sum = 0;
        for (int user = 0; user < UserCount; user++)
        {
            sum += _cpu.Drift(_measure, _query, Served(user));
        }

        return sum;
    }

    private double Pass(IKernelBackend backend)
    {
        double sum = 0;
        for (int user = 0; user < UserCount; user++)
        {
            Span<float> bank = Bank(user);
            backend.DecayAccumulate(_shape, bank, new BankStep(ElapsedMs, 0, 1), _items[user % ItemCount]);
            backend.Blend(_shape, bank, new BlendAt(ReadAfterMs, _coefficients), _query);
            sum += backend.Drift(_measure, _query, Served(user));
        }

        return sum;
    }

    private Span<float> Bank(int user) => _banks.AsSpan(user * _shape.BankLength, _shape.BankLength);

    private ReadOnlySpan<float> Served(int user) => _served.AsSpan(user * _shape.Dimension, _shape.Dimension);
}
