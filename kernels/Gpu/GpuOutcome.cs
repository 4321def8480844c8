#if EBB_ILGPU
using System.Runtime.InteropServices;

namespace Ebb.Kernels.Gpu;

/// <summary>What was read of a user on the device: 24 bytes in this order, zeros where nobody came along.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GpuOutcome
{
    public const int Bytes = 24;
    public const int Doubles = Bytes / sizeof(double);

    /// <summary>Scan for it.</summary>
    public const int Open = 0;

    /// <summary>Nothing to scan for: the drift is small, or the query is zero.</summary>
    public const int Kept = 1;

    /// <summary>The CPU has to scan: codes are no use.</summary>
    public const int NoCodes = 2;

    public double Exponent;

    public double Drift;

    /// <summary>A small whole number.</summary>
    public double State;
}
#endif
