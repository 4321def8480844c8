#if EBB_ILGPU
using Ebb.Kernels.Backends;
using Ebb.Kernels.Gpu;

namespace Ebb.Kernels.Tests;

/// <summary>The whole suite through the device's path, the kernels on ILGPU's CPU accelerator.</summary>
public sealed class GpuTopKEmulatedTests : TopKTests
{
    private static readonly GpuBackend Shared =
        new(() => GpuDevice.OpenEmulated(), new GpuTuning(), threads: 1, log: null);

    protected override int Stride => 11;

    protected override IKernelBackend Backend { get; } = new GpuSharedBackend(Shared);
}
#endif
