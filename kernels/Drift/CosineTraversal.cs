using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ebb.Kernels.Drift;

/// <summary>
/// The three sums of a cosine in one walk. All three add up in the same order, so equal vectors give equal sums and
/// a drift of exactly 0. A product of two floats is exact in double: fused or not, the sums are the same bits. The
/// order follows the register width, as in <see cref="DriftTraversal"/>.
/// </summary>
internal static class CosineTraversal
{
    public static CosineSums Run(ReadOnlySpan<float> current, ReadOnlySpan<float> reference)
    {
        CosineSums sums = default;
        int index = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            Run512(current, reference, ref index, ref sums);
        }

        if (Vector256.IsHardwareAccelerated && index <= current.Length - 8)
        {
            Run256(current, reference, ref index, ref sums);
        }

        if (Vector128.IsHardwareAccelerated && index <= current.Length - 4)
        {
            Run128(current, reference, ref index, ref sums);
        }

        for (; index < current.Length; index++)
        {
            double a = current[index];
            double b = reference[index];
            sums.Dot += a * b;
            sums.CurrentSquared += a * a;
            sums.ReferenceSquared += b * b;
        }

        return sums;
    }

    // SAFETY (all three): the spans have one length, and no load passes it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run512(
        ReadOnlySpan<float> current, ReadOnlySpan<float> reference, ref int index, ref CosineSums sums)
    {
        ref float a = ref MemoryMarshal.GetReference(current);
        ref float b = ref MemoryMarshal.GetReference(reference);
        Vector512<double> dotLow = Vector512<double>.Zero, dotHigh = Vector512<double>.Zero;
        Vector512<double> aaLow = Vector512<double>.Zero, aaHigh = Vector512<double>.Zero;
        Vector512<double> bbLow = Vector512<double>.Zero, bbHigh = Vector512<double>.Zero;
        int at = index;
        for (; at <= current.Length - 16; at += 16)
        {
            (Vector512<double> aLow, Vector512<double> aHigh) = Vector512.Widen(Vector512.LoadUnsafe(ref a, (nuint)at));
            (Vector512<double> bLow, Vector512<double> bHigh) = Vector512.Widen(Vector512.LoadUnsafe(ref b, (nuint)at));
            dotLow = Vector512.MultiplyAddEstimate(aLow, bLow, dotLow);
            dotHigh = Vector512.MultiplyAddEstimate(aHigh, bHigh, dotHigh);
            aaLow = Vector512.MultiplyAddEstimate(aLow, aLow, aaLow);
            aaHigh = Vector512.MultiplyAddEstimate(aHigh, aHigh, aaHigh);
            bbLow = Vector512.MultiplyAddEstimate(bLow, bLow, bbLow);
            bbHigh = Vector512.MultiplyAddEstimate(bHigh, bHigh, bbHigh);
        }

        index = at;
        sums.Dot += Vector512.Sum(dotLow + dotHigh);
        sums.CurrentSquared += Vector512.Sum(aaLow + aaHigh);
        sums.ReferenceSquared += Vector512.Sum(bbLow + bbHigh);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run256(
        ReadOnlySpan<float> current, ReadOnlySpan<float> reference, ref int index, ref CosineSums sums)
    {
        ref float a = ref MemoryMarshal.GetReference(current);
        ref float b = ref MemoryMarshal.GetReference(reference);
        Vector256<double> dotLow = Vector256<double>.Zero, dotHigh = Vector256<double>.Zero;
        Vector256<double> aaLow = Vector256<double>.Zero, aaHigh = Vector256<double>.Zero;
        Vector256<double> bbLow = Vector256<double>.Zero, bbHigh = Vector256<double>.Zero;
        int at = index;
        for (; at <= current.Length - 8; at += 8)
        {
            Vector256<double> aLow = Wide(ref a, (nuint)at);
            Vector256<double> aHigh = Wide(ref a, (nuint)at + 4);
            Vector256<double> bLow = Wide(ref b, (nuint)at);
            Vector256<double> bHigh = Wide(ref b, (nuint)at + 4);
            dotLow = Vector256.MultiplyAddEstimate(aLow, bLow, dotLow);
            dotHigh = Vector256.MultiplyAddEstimate(aHigh, bHigh, dotHigh);
            aaLow = Vector256.MultiplyAddEstimate(aLow, aLow, aaLow);
            aaHigh = Vector256.MultiplyAddEstimate(aHigh, aHigh, aaHigh);
            bbLow = Vector256.MultiplyAddEstimate(bLow, bLow, bbLow);
            bbHigh = Vector256.MultiplyAddEstimate(bHigh, bHigh, bbHigh);
        }

        index = at;
        sums.Dot += Vector256.Sum(dotLow + dotHigh);
        sums.CurrentSquared += Vector256.Sum(aaLow + aaHigh);
        sums.ReferenceSquared += Vector256.Sum(bbLow + bbHigh);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run128(
        ReadOnlySpan<float> current, ReadOnlySpan<float> reference, ref int index, ref CosineSums sums)
    {
        ref float a = ref MemoryMarshal.GetReference(current);
        ref float b = ref MemoryMarshal.GetReference(reference);
        Vector128<double> dotLow = Vector128<double>.Zero, dotHigh = Vector128<double>.Zero;
        Vector128<double> aaLow = Vector128<double>.Zero, aaHigh = Vector128<double>.Zero;
        Vector128<double> bbLow = Vector128<double>.Zero, bbHigh = Vector128<double>.Zero;
        int at = index;
        for (; at <= current.Length - 4; at += 4)
        {
            (Vector128<double> aLow, Vector128<double> aHigh) = Vector128.Widen(Vector128.LoadUnsafe(ref a, (nuint)at));
            (Vector128<double> bLow, Vector128<double> bHigh) = Vector128.Widen(Vector128.LoadUnsafe(ref b, (nuint)at));
            dotLow = Vector128.MultiplyAddEstimate(aLow, bLow, dotLow);
            dotHigh = Vector128.MultiplyAddEstimate(aHigh, bHigh, dotHigh);
            aaLow = Vector128.MultiplyAddEstimate(aLow, aLow, aaLow);
            aaHigh = Vector128.MultiplyAddEstimate(aHigh, aHigh, aaHigh);
            bbLow = Vector128.MultiplyAddEstimate(bLow, bLow, bbLow);
            bbHigh = Vector128.MultiplyAddEstimate(bHigh, bHigh, bbHigh);
        }

        index = at;
        sums.Dot += Vector128.Sum(dotLow + dotHigh);
        sums.CurrentSquared += Vector128.Sum(aaLow + aaHigh);
        sums.ReferenceSquared += Vector128.Sum(bbLow + bbHigh);
    }

    // A conversion from memory costs half of one from a register (Zen 3).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<double> Wide(ref float source, nuint at)
    {
        Vector128<float> narrow = Vector128.LoadUnsafe(ref source, at);
        return Avx.IsSupported
            ? Avx.ConvertToVector256Double(narrow)
            : Vector256.WidenLower(narrow.ToVector256Unsafe());
    }
}
