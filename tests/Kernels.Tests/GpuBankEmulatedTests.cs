#if EBB_ILGPU
using Ebb.Kernels.Gpu;

namespace Ebb.Kernels.Tests;

public sealed class GpuBankEmulatedTests : GpuBankTests
{
    private static readonly GpuDevice Device = GpuDevice.OpenEmulated(warpCount: 2, isShared: true);

    internal override GpuDevice Open() => Device;
}
#endif
