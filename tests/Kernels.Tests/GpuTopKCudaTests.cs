#if EBB_ILGPU
using Ebb.Kernels.Backends;
using Ebb.Kernels.Gpu;

namespace Ebb.Kernels.Tests;

public sealed class GpuTopKCudaTests : TopKTests
{
    private static readonly Lazy<GpuBackend> Shared =
        new(() => new GpuBackend(GpuDevice.OpenCuda, new GpuTuning(), threads: 1, log: null));

    public GpuTopKCudaTests()
    {
        GpuCuda.OpenOrSkip().Dispose();
        Backend = new GpuSharedBackend(Shared.Value);
    }

    protected override IKernelBackend Backend { get; }
}
#endif
