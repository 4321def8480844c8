#if EBB_ILGPU
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Kernels.Tests;

/// <summary>A backend that outlives the test that disposes it: compiling takes longer than most tests.</summary>
internal sealed class GpuSharedBackend(GpuBackend inner) : IKernelBackend
{
    public string Name => inner.Name;

    public ItemMatrix CreateItems(int dimension, MemoryBudget budget) => inner.CreateItems(dimension, budget);

    public void Decay(BankShape shape, Span<float> bank, double elapsedMs) => inner.Decay(shape, bank, elapsedMs);

    public void Accumulate(BankShape shape, Span<float> bank, double ageMs, float weight, ReadOnlySpan<float> vector) =>
        inner.Accumulate(shape, bank, ageMs, weight, vector);

    public double Blend(BankShape shape, ReadOnlySpan<float> bank, BlendAt at, Span<float> query) =>
        inner.Blend(shape, bank, at, query);

    public double Drift(DriftMeasure measure, ReadOnlySpan<float> current, ReadOnlySpan<float> reference) =>
        inner.Drift(measure, current, reference);

    public void TopK(ItemMatrix items, ReadOnlySpan<TopKRequest> batch) => inner.TopK(items, batch);

    public void Score(ItemMatrix items, ReadOnlySpan<float> query, ReadOnlySpan<int> indices, Span<float> scores) =>
        inner.Score(items, query, indices, scores);

    /// <summary>A device that failed would leave the tests to the CPU, and they would pass.</summary>
    public void Dispose() => Xunit.Assert.False(inner.HasFailed);
}
#endif
