using Ebb.Kernels.Backends;

namespace Ebb.Kernels.Tests;

public sealed class DriftCpuTests : DriftTests
{
    protected override IKernelBackend Backend { get; } = new CpuBackend(threads: 1);
}
