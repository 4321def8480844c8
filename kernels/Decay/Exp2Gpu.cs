#if EBB_ILGPU
using Ebb.Kernels.Gpu;
using ILGPU;

namespace Ebb.Kernels.Decay;

/// <summary><see cref="Exp2.Of"/>, operation for operation, with instructions that are never fused.</summary>
internal static class Exp2Gpu
{
    /// <param name="x">The exponent.</param>
    /// <param name="table">Device address of Exp2's 16 high words and behind them its 16 low ones.</param>
    public static double Of(double x, long table)
    {
        if (!(x > Exp2.ZeroUpTo))
        {
            return double.IsNaN(x) ? x : 0.0;
        }

        if (x >= Exp2.OverflowFrom)
        {
            return double.PositiveInfinity;
        }

        double shifted = GpuIntrinsics.Add(GpuIntrinsics.Multiply(x, Exp2.StepsPerOctave), Exp2.RoundMagic);
        int step = (int)Interop.FloatAsInt(shifted);
        double nearest = GpuIntrinsics.Multiply(
            GpuIntrinsics.Add(shifted, -Exp2.RoundMagic), 1.0 / Exp2.StepsPerOctave);
        double r = GpuIntrinsics.Add(x, -nearest);
        double p = Exp2.C7;
        p = GpuIntrinsics.Add(Exp2.C6, GpuIntrinsics.Multiply(r, p));
        p = GpuIntrinsics.Add(Exp2.C5, GpuIntrinsics.Multiply(r, p));
        p = GpuIntrinsics.Add(Exp2.C4, GpuIntrinsics.Multiply(r, p));
        p = GpuIntrinsics.Add(Exp2.C3, GpuIntrinsics.Multiply(r, p));
        p = GpuIntrinsics.Add(Exp2.C2, GpuIntrinsics.Multiply(r, p));
        p = GpuIntrinsics.Add(Exp2.C1, GpuIntrinsics.Multiply(r, p));
        p = GpuIntrinsics.Multiply(r, p);
        long entry = table + ((step & 15) * sizeof(double));
        double high = Load(entry);
        double low = Load(entry + (16 * sizeof(double)));
        double mantissa = GpuIntrinsics.Add(high, GpuIntrinsics.Add(low, GpuIntrinsics.Multiply(high, p)));
        int octave = step >> 4;
        int half = octave >> 1;
        return GpuIntrinsics.Multiply(
            GpuIntrinsics.Multiply(mantissa, PowerOfTwo(half)), PowerOfTwo(octave - half));
    }

    /// <summary>2^n for −1022 ≤ n ≤ 1023, exactly.</summary>
    public static double PowerOfTwo(int n) => Interop.IntAsFloat((ulong)(n + 1023) << 52);

    public static double Load(long address) => Interop.IntAsFloat((ulong)GpuIntrinsics.LoadReadOnlyLong(address));
}
#endif
