#if EBB_ILGPU
using Ebb.Kernels.Gpu;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>The CUDA device for tests, or a reported skip.</summary>
internal static class GpuCuda
{
    public static GpuDevice OpenOrSkip()
    {
        try
        {
            return GpuDevice.OpenCuda();
        }
        catch (GpuUnavailableException missing)
        {
            Assert.Skip(missing.Message);
            throw;
        }
    }
}
#endif
