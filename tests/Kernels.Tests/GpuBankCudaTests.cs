#if EBB_ILGPU
using Ebb.Kernels.Gpu;

namespace Ebb.Kernels.Tests;

public sealed class GpuBankCudaTests : GpuBankTests
{
    internal override GpuDevice Open() => GpuCuda.OpenOrSkip();
}
#endif
