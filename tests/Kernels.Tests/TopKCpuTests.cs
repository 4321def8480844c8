using Ebb.Kernels.Backends;

namespace Ebb.Kernels.Tests;

public sealed class TopKCpuTests : TopKTests
{
    protected override IKernelBackend Backend { get; } = new CpuBackend(threads: 1);
}
