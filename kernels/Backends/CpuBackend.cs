using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Kernels.Backends;

/// <summary>The arithmetic on this machine's SIMD registers, whatever width they have. Any thread.</summary>
public sealed class CpuBackend : IKernelBackend
{
    private readonly TopKCpu _topK;

    /// <param name="threads">Threads one TopK call may use, the caller's included; 0: one per processor.</param>
    public CpuBackend(int threads = 0)
        : this(threads, CodeScan.IsFast)
    {
    }

    /// <summary>
    /// For tests and benches: <paramref name="usesCodes"/> false leaves the fp32 scan alone,
    /// <paramref name="nibblesFromBytes"/> says from how many bytes of codes on a lone query reads nibbles.
    /// </summary>
    internal CpuBackend(int threads, bool usesCodes, long nibblesFromBytes = NibbleScan.CodeBytesMin)
    {
        _topK = new TopKCpu(threads, usesCodes, nibblesFromBytes);
    }

    public string Name => "cpu";

    public ItemMatrix CreateItems(int dimension, MemoryBudget budget) => new NativeItemMatrix(dimension, budget);

    public void Decay(BankShape shape, Span<float> bank, double elapsedMs)
    {
        KernelArguments.CheckBank(shape, bank.Length);
        KernelArguments.CheckTime(elapsedMs, nameof(elapsedMs));
        DecayCpu.Decay(shape, bank, elapsedMs);
    }

    public void Accumulate(BankShape shape, Span<float> bank, double ageMs, float weight, ReadOnlySpan<float> vector)
    {
        KernelArguments.CheckBank(shape, bank.Length);
        KernelArguments.CheckTime(ageMs, nameof(ageMs));
        KernelArguments.CheckVector(shape.Dimension, vector.Length, nameof(vector));
        DecayCpu.Accumulate(shape, bank, ageMs, weight, vector);
    }

    public void DecayAccumulate(BankShape shape, Span<float> bank, in BankStep step, ReadOnlySpan<float> vector)
    {
        KernelArguments.CheckBank(shape, bank.Length);
        KernelArguments.CheckTime(step.ElapsedMs, nameof(step));
        KernelArguments.CheckTime(step.AgeMs, nameof(step));
        KernelArguments.CheckVector(shape.Dimension, vector.Length, nameof(vector));
        DecayCpu.DecayAccumulate(shape, bank, step, vector);
    }

    public double Blend(BankShape shape, ReadOnlySpan<float> bank, BlendAt at, Span<float> query)
    {
        KernelArguments.CheckBlend(shape, bank.Length, at, query.Length);
        return BlendCpu.Blend(shape, bank, at, query);
    }

    public double Drift(DriftMeasure measure, ReadOnlySpan<float> current, ReadOnlySpan<float> reference)
    {
        KernelArguments.CheckDrift(measure, current.Length, reference.Length);
        return DriftCpu.Drift(measure, current, reference);
    }

    /// <summary>Bytes of codes or nibbles that one pass over all rows reads for so many queries.</summary>
    internal long ScanBytes(ItemMatrix items, int queryCount, int k) =>
        _topK.ScanBytes(Native(items), queryCount, k);

    public void TopK(ItemMatrix items, ReadOnlySpan<TopKRequest> batch)
    {
        NativeItemMatrix native = Native(items);
        KernelArguments.CheckRequests(items, batch);
        _topK.TopK(native, batch);
    }

    public void Score(ItemMatrix items, ReadOnlySpan<float> query, ReadOnlySpan<int> indices, Span<float> scores)
    {
        NativeItemMatrix native = Native(items);
        KernelArguments.CheckScore(items, query, indices, scores.Length);
        TopKCpu.Score(native, query, indices, scores);
    }

    public void Dispose()
    {
    }

    private static NativeItemMatrix Native(ItemMatrix items) =>
        items as NativeItemMatrix
        ?? throw new ArgumentException("the matrix was made by another backend", nameof(items));
}
