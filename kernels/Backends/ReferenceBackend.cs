using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Kernels.Backends;

/// <summary>
/// The specification as a backend: plain loops in double, slow, for tests that run a whole engine against it.
/// Any thread.
/// </summary>
public sealed class ReferenceBackend : IKernelBackend
{
    public string Name => "reference";

    public ItemMatrix CreateItems(int dimension, MemoryBudget budget) => new NativeItemMatrix(dimension, budget);

    public void Decay(BankShape shape, Span<float> bank, double elapsedMs)
    {
        KernelArguments.CheckBank(shape, bank.Length);
        KernelArguments.CheckTime(elapsedMs, nameof(elapsedMs));
        DecayReference.Decay(shape, bank, elapsedMs);
    }

    public void Accumulate(BankShape shape, Span<float> bank, double ageMs, float weight, ReadOnlySpan<float> vector)
    {
        KernelArguments.CheckBank(shape, bank.Length);
        KernelArguments.CheckTime(ageMs, nameof(ageMs));
        KernelArguments.CheckVector(shape.Dimension, vector.Length, nameof(vector));
        DecayReference.Accumulate(shape, bank, ageMs, weight, vector);
    }

    public double Blend(BankShape shape, ReadOnlySpan<float> bank, BlendAt at, Span<float> query)
    {
        KernelArguments.CheckBlend(shape, bank.Length, at, query.Length);
        return BlendReference.Blend(shape, bank, at, query);
    }

    public double Drift(DriftMeasure measure, ReadOnlySpan<float> current, ReadOnlySpan<float> reference)
    {
        KernelArguments.CheckDrift(measure, current.Length, reference.Length);
        return DriftReference.Drift(measure, current, reference);
    }

    public void TopK(ItemMatrix items, ReadOnlySpan<TopKRequest> batch)
    {
        KernelArguments.CheckRequests(items, batch);
        TopKReference.TopK(items, batch);
    }

    public void Score(ItemMatrix items, ReadOnlySpan<float> query, ReadOnlySpan<int> indices, Span<float> scores)
    {
        KernelArguments.CheckScore(items, query, indices, scores.Length);
        for (int at = 0; at < indices.Length; at++)
        {
            scores[at] = TopKReference.Score(query, items.Row(indices[at]));
        }
    }

    public void Dispose()
    {
    }
}
