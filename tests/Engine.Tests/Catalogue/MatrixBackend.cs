using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Tests.Catalogue;

/// <summary>A backend that only makes matrices: the catalogue asks for nothing else.</summary>
internal sealed class MatrixBackend : IKernelBackend
{
    public string Name => "matrix";

    public ItemMatrix CreateItems(int dimension, MemoryBudget budget) => new ArrayItemMatrix(dimension, budget);

    public void Decay(BankShape shape, Span<float> bank, double elapsedMs) => throw new NotSupportedException();

    public void Accumulate(BankShape shape, Span<float> bank, double ageMs, float weight, ReadOnlySpan<float> vector) =>
        throw new NotSupportedException();

    public double Blend(BankShape shape, ReadOnlySpan<float> bank, BlendAt at, Span<float> query) =>
        throw new NotSupportedException();

    public double Drift(DriftMeasure measure, ReadOnlySpan<float> current, ReadOnlySpan<float> reference) =>
        throw new NotSupportedException();

    public void TopK(ItemMatrix items, ReadOnlySpan<TopKRequest> batch) => throw new NotSupportedException();

    public void Score(ItemMatrix items, ReadOnlySpan<float> query, ReadOnlySpan<int> indices, Span<float> scores) =>
        throw new NotSupportedException();

    public void Dispose()
    {
    }
}
