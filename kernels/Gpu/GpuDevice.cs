#if EBB_ILGPU
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;

namespace Ebb.Kernels.Gpu;

/// <summary>
/// An accelerator, its context and what was compiled for it. Made, used and disposed by one thread: a CUDA context
/// belongs to the thread that launches.
/// </summary>
internal sealed class GpuDevice : IDisposable
{
    // Of what is free when the backend starts: the rest is for scratch, other contexts and fragmentation.
    private const double ItemShare = 0.85;

    private readonly Context _context;

    private readonly bool _isShared;

    private GpuDevice(Context context, Accelerator accelerator, int groupThreads, bool isShared = false)
    {
        _isShared = isShared;
        _context = context;
        Accelerator = accelerator;
        GroupThreads = groupThreads;
    }

    public Accelerator Accelerator { get; }

    /// <summary>Threads of a group, a multiple of 32.</summary>
    public int GroupThreads { get; }

    /// <summary>
    /// Threads of a group that serves one query alone: what it waits for is latency, and more threads share it.
    /// </summary>
    public int MergeThreads => IsCuda ? 512 : GroupThreads;

    public bool IsCuda => Accelerator.AcceleratorType == AcceleratorType.Cuda;

    /// <summary>Groups that keep every multiprocessor busy.</summary>
    public int GroupCount => Accelerator.NumMultiprocessors * (IsCuda ? 12 : 2);

    /// <summary>Bytes that items may take.</summary>
    public long ItemBytesMax => Accelerator is CudaAccelerator cuda
        ? (long)(cuda.GetFreeMemory() * ItemShare)
        : long.MaxValue;

    /// <summary>Whether a stream can be marked and the time between two marks read.</summary>
    public bool IsProfiled => _context.Properties.EnableProfiling;

    /// <summary>The first CUDA device, and never ILGPU's CPU accelerator in its place.</summary>
    /// <exception cref="GpuUnavailableException">There is none.</exception>
    public static GpuDevice OpenCuda() => OpenCuda(isProfiled: false);

    /// <exception cref="GpuUnavailableException">There is none.</exception>
    public static GpuDevice OpenCuda(bool isProfiled)
    {
        // Before ILGPU, which takes a while to find out that there is nothing.
        string driver = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";
        if (!NativeLibrary.TryLoad(driver, out nint handle))
        {
            throw new GpuUnavailableException($"ILGPU needs the NVIDIA driver, and {driver} is not on this machine");
        }

        NativeLibrary.Free(handle);
        Context context = MakeContext(builder => Profiled(builder.Cuda(), isProfiled));
        try
        {
            Context.DeviceCollection<CudaDevice> devices = context.GetCudaDevices();
            if (devices.Count == 0)
            {
                throw new GpuUnavailableException("ILGPU finds no CUDA device on this machine");
            }

            Accelerator accelerator = devices[0].CreateAccelerator(context);
            if (accelerator.AcceleratorType != AcceleratorType.Cuda || accelerator.WarpSize != 32)
            {
                throw new GpuUnavailableException($"the accelerator is {accelerator.AcceleratorType}, not CUDA");
            }

            // mma over 32 dimensions of bytes: compute capability 8.0.
            if (accelerator is CudaAccelerator cuda && cuda.Architecture < CudaArchitecture.SM_80)
            {
                throw new GpuUnavailableException(
                    $"{cuda.Name} is {cuda.Architecture}; the kernels need compute capability 8.0 (Ampere) or later");
            }

            return new GpuDevice(context, accelerator, 128);
        }
        catch (GpuUnavailableException)
        {
            context.Dispose();
            throw;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            context.Dispose();
            throw new GpuUnavailableException("CUDA does not start: " + exception.Message, exception);
        }
    }

    /// <summary>
    /// ILGPU's CPU accelerator as a GPU of one multiprocessor: the kernels' own C#, a thread a lane, slow; for tests
    /// and the bench's dry run.
    /// </summary>
    /// <param name="warpCount">Warps of a group.</param>
    /// <param name="isShared">Kept for the next backend when one disposes it.</param>
    /// <param name="isProfiled">For <see cref="IsProfiled"/>.</param>
    public static GpuDevice OpenEmulated(int warpCount = 1, bool isShared = false, bool isProfiled = false)
    {
        CPUDevice device = new(numThreadsPerWarp: 32, numWarpsPerMultiprocessor: warpCount, numMultiprocessors: 1);
        Context context = MakeContext(
            builder => Profiled(builder.Assertions().CPU(device), isProfiled));
        Accelerator accelerator = context.GetCPUDevice(0).CreateCPUAccelerator(context, CPUAcceleratorMode.Parallel);
        return new GpuDevice(context, accelerator, 32 * warpCount, isShared);
    }

    public void Dispose()
    {
        if (!_isShared)
        {
            Accelerator.Dispose();
            _context.Dispose();
        }
    }

    private static Context.Builder Profiled(Context.Builder builder, bool isProfiled) =>
        isProfiled ? builder.Profiling() : builder;

    private static Context MakeContext(Action<Context.Builder> configure)
    {
        try
        {
            return PtxCompiler.CreateContext(configure);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new GpuUnavailableException("CUDA does not start: " + exception.Message, exception);
        }
    }
}
#endif
