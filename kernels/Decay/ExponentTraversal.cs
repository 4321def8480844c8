using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ebb.Kernels.Decay;

/// <summary>
/// 2^(−elapsed/(h·ρ_d)) over many ρ_d at once, widest registers first, bit for bit what <see cref="DecayExponent"/>
/// and <see cref="Exp2"/> give one by one. With h = 1 and the half-lives as rates it serves a bank's rows instead of
/// its dimensions (1·h is h). Any thread.
/// </summary>
internal static class ExponentTraversal
{
    /// <summary>impulses[d] ← fl32(weight · 2^(−elapsed/(h·ρ_d))); with weight 1 these are the factors.</summary>
    public static void FillImpulses(in ExponentTime time, float weight, Span<float> impulses)
    {
        // SAFETY: no load or store passes impulses.Length, and there are as many rates.
        ref double rates = ref MemoryMarshal.GetReference(time.Rates);
        ref float target = ref MemoryMarshal.GetReference(impulses);
        int index = 0;
        if (time.ElapsedMs == 0)
        {
            // The same bits as the long way, which an event in order avoids.
            impulses.Fill(weight);
            return;
        }

        if (Vector512.IsHardwareAccelerated)
        {
            for (; index <= impulses.Length - 16; index += 16)
            {
                Vector512<double> low = Exp2Vector.Of(time.Of(Vector512.LoadUnsafe(ref rates, (nuint)index)));
                Vector512<double> high = Exp2Vector.Of(time.Of(Vector512.LoadUnsafe(ref rates, (nuint)index + 8)));
                Vector512.Narrow(low * weight, high * weight).StoreUnsafe(ref target, (nuint)index);
            }
        }

        if (Vector256.IsHardwareAccelerated)
        {
            for (; index <= impulses.Length - 4; index += 4)
            {
                Vector256<double> power = Exp2Vector.Of(time.Of(Vector256.LoadUnsafe(ref rates, (nuint)index)));
                Narrow(power * weight).StoreUnsafe(ref target, (nuint)index);
            }
        }

        if (Vector128.IsHardwareAccelerated)
        {
            for (; index <= impulses.Length - 4; index += 4)
            {
                Vector128<double> low = Exp2Vector.Of(time.Of(Vector128.LoadUnsafe(ref rates, (nuint)index)));
                Vector128<double> high = Exp2Vector.Of(time.Of(Vector128.LoadUnsafe(ref rates, (nuint)index + 2)));
                Vector128.Narrow(low * weight, high * weight).StoreUnsafe(ref target, (nuint)index);
            }
        }

        for (; index < impulses.Length; index++)
        {
            impulses[index] = DecayExponent.Impulse(weight, time.ElapsedMs, time.HalfLifeMs, time.Rates[index]);
        }
    }

    /// <summary>
    /// scales[d] ← coefficient · 2^min(exponent_d − largest, 0). Min: an empty element may decay slower than every one
    /// that counts, and ∞ · 0 must not appear.
    /// </summary>
    public static void FillScales(in ExponentTime time, double coefficient, double largest, Span<double> scales)
    {
        // SAFETY: no load or store passes scales.Length, and there are as many rates.
        ref double rates = ref MemoryMarshal.GetReference(time.Rates);
        ref double target = ref MemoryMarshal.GetReference(scales);
        int index = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; index <= scales.Length - 8; index += 8)
            {
                Vector512<double> exponent = time.Of(Vector512.LoadUnsafe(ref rates, (nuint)index));
                exponent = Vector512.MinNative(exponent - Vector512.Create(largest), Vector512<double>.Zero);
                (Vector512.Create(coefficient) * Exp2Vector.Of(exponent)).StoreUnsafe(ref target, (nuint)index);
            }
        }

        if (Vector256.IsHardwareAccelerated)
        {
            for (; index <= scales.Length - 4; index += 4)
            {
                Vector256<double> exponent = time.Of(Vector256.LoadUnsafe(ref rates, (nuint)index));
                exponent = Vector256.MinNative(exponent - Vector256.Create(largest), Vector256<double>.Zero);
                (Vector256.Create(coefficient) * Exp2Vector.Of(exponent)).StoreUnsafe(ref target, (nuint)index);
            }
        }

        if (Vector128.IsHardwareAccelerated)
        {
            for (; index <= scales.Length - 2; index += 2)
            {
                Vector128<double> exponent = time.Of(Vector128.LoadUnsafe(ref rates, (nuint)index));
                exponent = Vector128.MinNative(exponent - Vector128.Create(largest), Vector128<double>.Zero);
                (Vector128.Create(coefficient) * Exp2Vector.Of(exponent)).StoreUnsafe(ref target, (nuint)index);
            }
        }

        for (; index < scales.Length; index++)
        {
            double exponent = DecayExponent.Of(time.ElapsedMs, time.HalfLifeMs, time.Rates[index]);
            scales[index] = coefficient * Exp2.Of(Math.Min(exponent - largest, 0.0));
        }
    }

    /// <summary>The largest exponent over the dimensions whose sum is not 0; negative infinity when all are.</summary>
    public static double Largest(in ExponentTime time, ReadOnlySpan<float> sums)
    {
        // SAFETY: no load passes sums.Length, and there are as many rates.
        ref double rates = ref MemoryMarshal.GetReference(time.Rates);
        ref float row = ref MemoryMarshal.GetReference(sums);
        double largest = double.NegativeInfinity;
        int index = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<double> most = Vector256.Create(double.NegativeInfinity);
            for (; index <= sums.Length - 4; index += 4)
            {
                Vector128<float> sum = Vector128.LoadUnsafe(ref row, (nuint)index);
                Vector256<double> wide = Vector256.WidenLower(sum.ToVector256());
                Vector256<double> exponent = time.Of(Vector256.LoadUnsafe(ref rates, (nuint)index));
                most = Vector256.ConditionalSelect(
                    Vector256.Equals(wide, Vector256<double>.Zero), most, Vector256.MaxNative(most, exponent));
            }

            for (int lane = 0; lane < Vector256<double>.Count; lane++)
            {
                largest = Math.Max(largest, most[lane]);
            }
        }

        for (; index < sums.Length; index++)
        {
            if (sums[index] != 0)
            {
                double exponent = DecayExponent.Of(time.ElapsedMs, time.HalfLifeMs, time.Rates[index]);
                largest = Math.Max(largest, exponent);
            }
        }

        return largest;
    }

    private static Vector128<float> Narrow(Vector256<double> wide) => Avx.IsSupported
        ? Avx.ConvertToVector128Single(wide)
        : Vector128.Narrow(wide.GetLower(), wide.GetUpper());
}
