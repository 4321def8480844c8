#if EBB_ILGPU
using Ebb.Kernels.Backends;
using Ebb.Kernels.Gpu;

namespace Ebb.Kernels.Tests;

public sealed class GpuServedCudaTests : GpuServedTests
{
    internal override GpuBackend Open(GpuTuning tuning)
    {
        // Skips here; the backend opens its own on the thread that will own it.
        GpuCuda.OpenOrSkip().Dispose();
        return new GpuBackend(GpuDevice.OpenCuda, tuning, threads: 1, log: null);
    }
}
#endif
