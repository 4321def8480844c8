namespace Ebb.Kernels.Backends;

/// <summary>Whether this build can score on an NVIDIA GPU, and why not where it cannot.</summary>
public static class CudaSupport
{
    /// <summary>True when the package source that this was built from serves ILGPU.</summary>
#if EBB_ILGPU
    public const bool HasIlgpu = true;
#else
    public const bool HasIlgpu = false;
#endif

    /// <summary>One line for whoever asked for cuda.</summary>
    public static string MissingReason => HasIlgpu
        ? "this build has ILGPU, but the CUDA kernels are not written yet"
        : "this build has no ILGPU: the package source that it was built from does not serve it";
}
