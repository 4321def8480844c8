#if EBB_ILGPU
using ILGPU;

namespace Ebb.Kernels.Gpu;

/// <summary>
/// What the kernels of a top-K batch hand to each other, all of it in device memory and none of it a score a row: the
/// best lower bounds of a sample, thresholds, candidates by query, and the answer.
/// </summary>
internal readonly struct GpuScratch
{
    /// <summary>Best lower bound that a lane saw in a stretch of the sample, ordered bits in the upper half.</summary>
    public ArrayView<ulong> Maxima { get; init; }

    /// <summary>Candidates a query found, also those past its capacity.</summary>
    public ArrayView<int> Counts { get; init; }

    /// <summary>Capacity a query: row in the lower half, sum of codes in the upper.</summary>
    public ArrayView<ulong> Candidates { get; init; }

    /// <summary>Capacity a query: what the merge selects by.</summary>
    public ArrayView<ulong> Keys { get; init; }

    public ArrayView<float> Thresholds { get; init; }

    public ArrayView<Quad> Factors { get; init; }

    /// <summary>The answer: BestStride keys a query, best first.</summary>
    public ArrayView<ulong> Best { get; init; }

    /// <summary>Keys of the answer; <see cref="Overflow"/> while a query had more candidates than room.</summary>
    public ArrayView<int> Found { get; init; }

    public int Capacity { get; init; }

    public int BestStride { get; init; }

    public int MaximaStride { get; init; }

    public const int Overflow = -1;
}
#endif
