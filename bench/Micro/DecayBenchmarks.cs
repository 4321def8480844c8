using BenchmarkDotNet.Attributes;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;

namespace Ebb.Bench.Micro;

/// <summary>
/// One event's update of a bank of four half-lives, and reading it; with and without per-dimension rates.
/// </summary>
[Config(typeof(InstructionSetConfig))]
[MemoryDiagnoser]
public class DecayBenchmarks
{
    // Long enough to be a real factor, short enough that thousands of rounds leave no subnormals behind: the impulse
    // of each round keeps the sums at its own size.
    private const double ElapsedMs = 1000;

    private readonly CpuBackend _cpu = new(threads: 1);
    private readonly ReferenceBackend _reference = new();
    private readonly double[] _coefficients = [0.5, 0.25, 0.15, 0.1];
    private BankShape _shape = null!;
    private float[] _bank = [];
    private float[] _vector = [];
    private float[] _query = [];

    [Params(64, 384)]
    public int Dimension { get; set; }

    [Params(false, true)]
    public bool HasRates { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Random random = new(42);
        double[] rates = HasRates ? [.. Enumerable.Range(0, Dimension).Select(_ => 0.5 + random.NextDouble())] : [];
        _shape = new BankShape(Dimension, [60_000.0, 3_600_000.0, 86_400_000.0, 2.592e9], rates);
        _bank = BenchData.Vector(random, _shape.BankLength);
        _vector = BenchData.Vector(random, Dimension);
        _query = new float[Dimension];
    }

    [Benchmark(Baseline = true)]
    public float EventReference()
    {
        ((IKernelBackend)_reference).DecayAccumulate(_shape, _bank, new BankStep(ElapsedMs, 0, 1), _vector);
        return _bank[0];
    }

    [Benchmark]
    public float EventTwoPasses()
    {
        _cpu.Decay(_shape, _bank, ElapsedMs);
        _cpu.Accumulate(_shape, _bank, 0, 1, _vector);
        return _bank[0];
    }

    [Benchmark]
    public float EventFused()
    {
        _cpu.DecayAccumulate(_shape, _bank, new BankStep(ElapsedMs, 0, 1), _vector);
        return _bank[0];
    }

    [Benchmark]
    public double BlendReference() => _reference.Blend(_shape, _bank, new BlendAt(ElapsedMs, _coefficients), _query);

    [Benchmark]
    public double Blend() => _cpu.Blend(_shape, _bank, new BlendAt(ElapsedMs, _coefficients), _query);
}
