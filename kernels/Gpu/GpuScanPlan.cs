#if EBB_ILGPU
namespace Ebb.Kernels.Gpu;

/// <summary>
/// Which tiles a launch looks at: stretches of consecutive tiles, one a warp at a time, their starts evenly spaced.
/// A scan's stretches touch each other, a sample's do not.
/// </summary>
internal readonly record struct GpuScanPlan(int StretchCount, int StretchTiles, int StepTiles, int QueryGroups);
#endif
