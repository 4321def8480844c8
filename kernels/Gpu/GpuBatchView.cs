#if EBB_ILGPU
namespace Ebb.Kernels.Gpu;

/// <summary>Where a kernel finds a batch of queries: addresses into the one block that was copied in for it.</summary>
internal readonly struct GpuBatchView
{
    /// <summary>Queries are padded with zeros to a multiple of this many, the most that a warp takes at once.</summary>
    public const int QueryBlock = 32;

    /// <summary>CodeBytes a query, where <see cref="GpuQueryLayout"/> says.</summary>
    public long Codes { get; init; }

    /// <summary>A <see cref="Quad"/> a query: scale, norm of the codes, lost, highest bias.</summary>
    public long Bounds { get; init; }

    /// <summary>The fp32 queries, Stride floats each.</summary>
    public long Vectors { get; init; }

    /// <summary>A <see cref="GpuRule"/> a query.</summary>
    public long Rules { get; init; }

    /// <summary>A <see cref="GpuOutcome"/> a query; 0: nobody came along.</summary>
    public long Outcomes { get; init; }

    public int QueryCount { get; init; }

    /// <summary>0 when no query has a filter or a bias: the rules need not be looked at row by row.</summary>
    public int HasRules { get; init; }
}
#endif
