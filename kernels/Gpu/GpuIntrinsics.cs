#if EBB_ILGPU
using ILGPU.IR.Intrinsics;

namespace Ebb.Kernels.Gpu;

/// <summary>
/// Instructions that ILGPU has no name for. <see cref="GpuIntrinsicsPtx"/> writes them into the PTX, operands and
/// results in registers; the bodies here are what ILGPU's CPU accelerator runs. Addresses are raw and 64-bit: an index
/// never wraps, however large the catalogue.
/// </summary>
internal static unsafe class GpuIntrinsics
{
    /// <summary>16 bytes that no kernel of this launch writes. The address is a multiple of 16.</summary>
    // SAFETY (all loads): the caller's address lies inside a buffer of the launch.
    [IntrinsicImplementation]
    public static Quad LoadReadOnly16(long address) => *(Quad*)address;

    [IntrinsicImplementation]
    public static float LoadReadOnlyFloat(long address) => *(float*)address;

    [IntrinsicImplementation]
    public static int LoadReadOnlyInt(long address) => *(int*)address;

    [IntrinsicImplementation]
    public static long LoadReadOnlyLong(long address) => *(long*)address;

    /// <summary>sum + Σ of four products of signed bytes.</summary>
    [IntrinsicImplementation]
    public static int Dot4(int a, int b, int sum)
    {
        sum += (sbyte)a * (sbyte)b;
        sum += (sbyte)(a >> 8) * (sbyte)(b >> 8);
        sum += (sbyte)(a >> 16) * (sbyte)(b >> 16);
        return sum + ((a >> 24) * (b >> 24));
    }

    /// <summary>
    /// A bit for each lane of the warp that says yes. All lanes call it. On the CPU accelerator a lane hears only
    /// itself, so what depends on the answer may skip work, but not meet other lanes.
    /// </summary>
    [IntrinsicImplementation]
    public static int Ballot(bool own) => own ? 1 << ILGPU.Warp.LaneIdx : 0;

    /// <summary>
    /// sums + a·b over 32 dimensions: 16 rows by 8 queries of signed bytes, int32 sums (mma.sync m16n8k32). With
    /// g = lane / 4, t = lane % 4 a lane holds rows g (a0, a2) and g + 8 (a1, a3), dimensions 4t.. of either half (a0,
    /// a1 lower; a2, a3 upper); query g likewise (b0, b1); sums (g, 2t), (g, 2t + 1), (g + 8, 2t), (g + 8, 2t + 1).
    /// </summary>
    [IntrinsicImplementation]
    public static Quad MultiplyTile(Quad a, int b0, int b1, Quad sums) => WarpMailbox.MultiplyTile(a, b0, b1, sums);

    // A multiplication and an addition without a rounding mode may be fused by the assembler; these may not.
    [IntrinsicImplementation]
    public static float Multiply(float a, float b) => a * b;

    [IntrinsicImplementation]
    public static float Add(float a, float b) => a + b;

    [IntrinsicImplementation]
    public static double Multiply(double a, double b) => a * b;

    [IntrinsicImplementation]
    public static double Add(double a, double b) => a + b;
}
#endif
