using Ebb.Kernels.Backends;
using Ebb.Kernels.Gpu;
using Ebb.Server.Commands;
using Microsoft.Extensions.Logging;

namespace Ebb.Server.Hosting;

/// <summary>
/// Turns <c>--backend auto|cpu|cuda</c> into a backend. Auto takes what this build and machine have; emulated is for a
/// dry run of the GPU's bench.
/// </summary>
public static class BackendChoice
{
    public static readonly string[] Names = ["auto", "cpu", "cuda", "emulated"];

    /// <summary>Null: the engine's own CPU backend.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="log">Told why auto takes the CPU, and of a device that fails later.</param>
    /// <exception cref="CliException">What was asked for is not in this build or machine.</exception>
    public static IKernelBackend? Resolve(string name, ILogger? log = null)
    {
        if (name == "cpu")
        {
            return null;
        }

        if (name == "emulated")
        {
            log?.LogWarning("Backend emulated: the GPU's kernels on the CPU, to try out and not to serve");
            return CudaSupport.OpenEmulated(line => log?.LogError("{Failure}", line))
                ?? throw new CliException("--backend emulated: this build has no ILGPU", "use --backend cpu or auto");
        }

        try
        {
            return CudaSupport.Open(log: line => log?.LogError("{Failure}", line));
        }
        catch (GpuUnavailableException missing) when (name == "auto")
        {
            log?.LogInformation("Backend auto takes the CPU: {Reason}", missing.Message);
            return null;
        }
        catch (GpuUnavailableException missing)
        {
            throw new CliException("--backend cuda: " + missing.Message, "use --backend cpu or auto");
        }
    }
}
