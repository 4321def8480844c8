using Ebb.Kernels.Backends;
using Ebb.Server.Commands;
using Ebb.Server.Hosting;
using Xunit;

namespace Ebb.Host.Tests.Commands;

/// <summary>What the names of <c>--backend</c> open.</summary>
public sealed class BackendChoiceTests
{
    [Fact]
    public void Resolve_Cpu_IsTheEnginesOwn() => Assert.Null(BackendChoice.Resolve("cpu"));

    [Fact]
    public void Resolve_Emulated_IsNamedSoOrSaysWhatIsMissing()
    {
        bool hasIlgpu = CudaSupport.HasIlgpu;
        if (hasIlgpu)
        {
            using IKernelBackend? backend = BackendChoice.Resolve("emulated");
            Assert.Equal("emulated", backend?.Name);
        }
        else
        {
            CliException missing = Assert.Throws<CliException>(() => BackendChoice.Resolve("emulated"));
            Assert.Contains("ILGPU", missing.Message);
        }
    }
}
