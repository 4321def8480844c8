using BenchmarkDotNet.Attributes;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Bench.Micro;

/// <summary>Exact top-K over a catalogue of D = 64 on one thread; the time is that of the whole batch.</summary>
[Config(typeof(InstructionSetConfig))]
[MemoryDiagnoser]
public class TopKBenchmarks
{
    private const int Dimension = 64;

    private readonly CpuBackend _cpu = new(threads: 1);
    private readonly ReferenceBackend _reference = new();
    private ItemMatrix _items = null!;
    private TopKRequest[] _batch = [];

    [Params(4_000, 100_000)]
    public int RowCount { get; set; }

    [Params(1, 16)]
    public int BatchCount { get; set; }

    [Params(20, 1000)]
    public int K { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Random random = new(42);
        _items = _cpu.CreateItems(Dimension, new MemoryBudget(1L << 30));
        _items.EnsureCapacity(RowCount);
        for (int row = 0; row < RowCount; row++)
        {
            _items.Write(row, BenchData.Vector(random, Dimension));
        }

        _items.Publish(RowCount);
        _batch = new TopKRequest[BatchCount];
        for (int at = 0; at < BatchCount; at++)
        {
            _batch[at] = new TopKRequest
            {
                Query = BenchData.Vector(random, Dimension),
                K = K,
                Results = new ScoredItem[K],
            };
        }
    }

    [GlobalCleanup]
    public void Cleanup() => _items.Dispose();

    [Benchmark(Baseline = true)]
    public int TopKReference()
    {
        _reference.TopK(_items, _batch);
        return _batch[0].Count;
    }

    [Benchmark]
    public int TopK()
    {
        _cpu.TopK(_items, _batch);
        return _batch[0].Count;
    }
}
