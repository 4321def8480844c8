#if EBB_ILGPU
using Ebb.Kernels.Drift;

namespace Ebb.Kernels.Gpu;

/// <summary><see cref="DriftMeasure"/> as a kernel reads it.</summary>
/// <param name="Distance">A <see cref="DriftDistance"/>.</param>
/// <param name="IsRaw">1 for vectors as they are, 0 for directions.</param>
/// <param name="Attention">Device address of D weights; 0: none.</param>
internal readonly record struct GpuMeasure(int Distance, int IsRaw, long Attention);
#endif
