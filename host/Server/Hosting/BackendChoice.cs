using Ebb.Kernels.Backends;
using Ebb.Server.Commands;

namespace Ebb.Server.Hosting;

/// <summary>Turns <c>--backend auto|cpu|cuda</c> into a backend. Auto takes what this build and machine have.</summary>
public static class BackendChoice
{
    public static readonly string[] Names = ["auto", "cpu", "cuda"];

    /// <summary>Null: the engine's own CPU backend.</summary>
    /// <exception cref="CliException">cuda was asked for and this build or machine has none.</exception>
    public static IKernelBackend? Resolve(string name) => name switch
    {
        "cuda" => throw new CliException(
            "--backend cuda: " + CudaSupport.MissingReason,
            "use --backend cpu or auto"),
        _ => null,
    };
}
