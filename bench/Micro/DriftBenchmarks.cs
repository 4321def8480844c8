using BenchmarkDotNet.Attributes;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Drift;

namespace Ebb.Bench.Micro;

/// <summary>One drift measurement: what every answer pays before it decides.</summary>
[Config(typeof(InstructionSetConfig))]
[MemoryDiagnoser]
public class DriftBenchmarks
{
    private readonly CpuBackend _cpu = new(threads: 1);
    private readonly ReferenceBackend _reference = new();
    private DriftMeasure _measure = null!;
    private float[] _current = [];
    private float[] _served = [];

    [Params(64, 384)]
    public int Dimension { get; set; }

    [Params(DriftDistance.Cosine, DriftDistance.Euclidean, DriftDistance.Attention)]
    public DriftDistance Distance { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Random random = new(42);
        _current = BenchData.Vector(random, Dimension);
        _served = BenchData.Vector(random, Dimension);
        float[] attention = new float[Dimension];
        Array.Fill(attention, 1f / Dimension);
        _measure = new DriftMeasure(Distance, Attention: attention);
    }

    [Benchmark(Baseline = true)]
    public double DriftReference() => _reference.Drift(_measure, _current, _served);

    [Benchmark]
    public double Drift() => _cpu.Drift(_measure, _current, _served);
}
