#if EBB_ILGPU
namespace Ebb.Kernels.Gpu;

/// <summary>What a launched batch needs if it must scan once more.</summary>
internal readonly record struct GpuFlight(GpuItemView Items, GpuBatchView Queries, bool IsTiled);
#endif
