#if EBB_ILGPU
using ILGPU;

namespace Ebb.Kernels.Gpu;

/// <summary>A slice of a sweep on the device, one user behind the other.</summary>
internal readonly struct GpuSweepView
{
    public ArrayView<float> Banks { get; init; }

    public ArrayView<double> ElapsedMs { get; init; }

    /// <summary>Which weighting a user is read with.</summary>
    public ArrayView<int> WeightingOf { get; init; }

    /// <summary>Two device addresses a weighting: coefficients, and attention weights or 0.</summary>
    public ArrayView<long> Weightings { get; init; }

    /// <summary>D floats a user where drifts are asked for, else D floats of the item.</summary>
    public ArrayView<float> Against { get; init; }

    /// <summary>D floats a user: the blends.</summary>
    public ArrayView<float> Queries { get; init; }

    public ArrayView<double> Answers { get; init; }

    public ArrayView<double> Exponents { get; init; }

    public int UserCount { get; init; }

    /// <summary>1: drift from the user's own reference; 0: the sum with the item.</summary>
    public int IsDrift { get; init; }
}
#endif
