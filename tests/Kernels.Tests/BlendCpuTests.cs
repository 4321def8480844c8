using Ebb.Kernels.Backends;

namespace Ebb.Kernels.Tests;

public sealed class BlendCpuTests : BlendTests
{
    protected override IKernelBackend Backend { get; } = new CpuBackend(threads: 1);
}
