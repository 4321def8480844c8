#if EBB_ILGPU
using System.Runtime.InteropServices;

namespace Ebb.Kernels.Gpu;

/// <summary>What comes along with a query, as a kernel reads it: 64 bytes in this order. All zeros: nobody.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GpuServedUser
{
    public const int Bytes = 64;

    /// <summary>Where the bank begins in the batch's block, in floats. 0: nobody comes along.</summary>
    public long Bank;

    /// <summary>The same of the reference. 0: there is none.</summary>
    public long Reference;

    /// <summary>Device address of c_m.</summary>
    public long Coefficients;

    /// <summary>Device address of the drift's weights; 0: none.</summary>
    public long Attention;

    public double ElapsedMs;

    public double KeepBelow;

    public int Distance;

    public int IsRaw;

    private readonly long _unused;

    public static long Long(GpuServedView users, int query, int offset) =>
        GpuIntrinsics.LoadReadOnlyLong(users.Users + ((long)query * Bytes) + offset);

    public static double Double(GpuServedView users, int query, int offset) =>
        Decay.Exp2Gpu.Load(users.Users + ((long)query * Bytes) + offset);

    public static int Int(GpuServedView users, int query, int offset) =>
        GpuIntrinsics.LoadReadOnlyInt(users.Users + ((long)query * Bytes) + offset);
}
#endif
