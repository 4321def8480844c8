#if EBB_ILGPU
using Ebb.Kernels.Backends;
using Ebb.Kernels.Gpu;

namespace Ebb.Kernels.Tests;

public sealed class GpuServedEmulatedTests : GpuServedTests
{
    private static readonly GpuDevice Device = GpuDevice.OpenEmulated(isShared: true);

    internal override GpuBackend Open(GpuTuning tuning) => new(() => Device, tuning, threads: 1, log: null);
}
#endif
