using BenchmarkDotNet.Attributes;

namespace Ebb.Bench.Micro;

/// <summary>
/// One event and the answer's reading of the bank: update, blend and drift of every user in a set of banks that fits
/// the second-level cache, against the same in double and against copying the banks. Times are of the whole set; the
/// ratios to quote come from <see cref="PassRatios"/>, which interleaves.
/// </summary>
[MemoryDiagnoser]
public class BankPassBenchmarks
{
    private PassData _data = null!;

    [Params(64, 384)]
    public int Dimension { get; set; }

    [Params(1, 4)]
    public int HalfLifeCount { get; set; }

    [GlobalSetup]
    public void Setup() => _data = new PassData(Dimension, HalfLifeCount, 160 << 10, hasRates: false);

    [Benchmark(Baseline = true)]
    public double PassReference() => _data.PassReference();

    [Benchmark]
    public float CopyBanks() => _data.CopyBanks();

    [Benchmark]
    public double Pass() => _data.Pass();
}
