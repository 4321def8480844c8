#if EBB_ILGPU
namespace Ebb.Kernels.Gpu;

/// <summary>Sizes that a test makes small to reach what large catalogues reach.</summary>
internal sealed record GpuTuning
{
    /// <summary>Queries a launch takes at most; larger batches go in slices through both slots.</summary>
    public int BatchMax { get; init; } = 256;

    /// <summary>From so many queries on tensor cores take the scan.</summary>
    public int TileBatchMin { get; init; } = 16;

    /// <summary>
    /// From so many rows on users come along with their queries: below it their arithmetic on the CPU costs less than
    /// the trip that a kept list would make for nothing.
    /// </summary>
    public int UserRowsMin { get; init; } = 65_536;

    /// <summary>Users of a slice of a sweep.</summary>
    public int SweepCount { get; init; } = 8_192;

    /// <summary>Candidates a query has room for; never below K.</summary>
    public int CapacityMin { get; init; } = 16_384;

    public int CapacityMax { get; init; } = 131_072;

    /// <summary>
    /// Scans of one query, each with the threshold that the last one proved, before the CPU answers it.
    /// </summary>
    public int RoundsMax { get; init; } = 3;
}
#endif
