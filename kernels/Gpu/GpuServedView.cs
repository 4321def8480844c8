#if EBB_ILGPU
using ILGPU;

namespace Ebb.Kernels.Gpu;

/// <summary>
/// The batch's block as the kernel sees it that makes queries of users: where they are, and where queries, codes,
/// bounds and answers go. The three views are the same memory.
/// </summary>
internal readonly struct GpuServedView
{
    public ArrayView<float> Floats { get; init; }

    public ArrayView<sbyte> Bytes { get; init; }

    public ArrayView<double> Doubles { get; init; }

    /// <summary>Device address of a <see cref="GpuServedUser"/> a query.</summary>
    public long Users { get; init; }

    /// <summary>In bytes.</summary>
    public long Codes { get; init; }

    /// <summary>In floats, four a query.</summary>
    public long Bounds { get; init; }

    /// <summary>In floats, Stride a query.</summary>
    public long Vectors { get; init; }

    /// <summary>In doubles, <see cref="GpuOutcome.Doubles"/> a query.</summary>
    public long Outcomes { get; init; }

    public int QueryCount { get; init; }

    public int Stride { get; init; }

    public int CodeBytes { get; init; }

    public int IsTiled { get; init; }
}
#endif
