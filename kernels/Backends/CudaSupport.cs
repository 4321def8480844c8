using Ebb.Kernels.Gpu;

namespace Ebb.Kernels.Backends;

/// <summary>The door to the NVIDIA GPU, whether this build has one or not.</summary>
public static class CudaSupport
{
    /// <summary>True when the package source that this was built from serves ILGPU.</summary>
#if EBB_ILGPU
    public const bool HasIlgpu = true;
#else
    public const bool HasIlgpu = false;
#endif

    /// <summary>A backend on the first CUDA device, which the caller disposes.</summary>
    /// <param name="threads">Threads of the CPU scan that takes over when it must; 0: one a processor.</param>
    /// <param name="log">Gets one line if the device fails later.</param>
    /// <exception cref="GpuUnavailableException">There is none; the message is one line that says why.</exception>
    public static IKernelBackend Open(int threads = 0, Action<string>? log = null)
    {
#if EBB_ILGPU
        return new GpuBackend(GpuDevice.OpenCuda, new GpuTuning(), threads, log);
#else
        throw new GpuUnavailableException(
            "this build has no ILGPU: the package source that it was built from does not serve it");
#endif
    }

    /// <summary>
    /// The kernels on ILGPU's CPU accelerator, a thread a lane, users come along from the first row on: for tests of
    /// what stands above and for a dry run of the bench, never to serve. Null where this build has no ILGPU.
    /// </summary>
    /// <param name="log">As of <see cref="Open"/>.</param>
    public static IKernelBackend? OpenEmulated(Action<string>? log)
    {
#if EBB_ILGPU
        GpuTuning tuning = new() { UserRowsMin = 1, SweepCount = 100 };
        return new GpuBackend(() => GpuDevice.OpenEmulated(), tuning, threads: 1, log) { DeviceName = "emulated" };
#else
        return null;
#endif
    }
}
