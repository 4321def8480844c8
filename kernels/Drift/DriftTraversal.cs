using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ebb.Kernels.Drift;

/// <summary>
/// Σ_d term(current_d·currentScale, reference_d·referenceScale, weight_d) in double, the one walk of all distances.
/// The order of the additions follows the register width: results agree to the tolerance in kernels/DESIGN.md.
/// </summary>
internal static class DriftTraversal
{
    /// <param name="current">Sets the length.</param>
    /// <param name="reference">As long as current.</param>
    /// <param name="weights">As long as current; a formula without weights gets any span of that length.</param>
    /// <param name="scales">Factors for current and reference, applied in double before the formula.</param>
    public static double Sum<TFormula>(
        ReadOnlySpan<float> current, ReadOnlySpan<float> reference, ReadOnlySpan<float> weights, DriftScales scales)
        where TFormula : struct, IDriftVectorFormula
    {
        int index = 0;
        double total = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            total += Sum512<TFormula>(current, reference, weights, scales, ref index);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            total += Sum256<TFormula>(current, reference, weights, scales, ref index);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            total += Sum128<TFormula>(current, reference, weights, scales, ref index);
        }

        for (; index < current.Length; index++)
        {
            double scaledCurrent = current[index] * scales.Current;
            double scaledReference = reference[index] * scales.Reference;
            total += TFormula.Apply(scaledCurrent, scaledReference, weights[index]);
        }

        return total;
    }

    // SAFETY (all three): the spans have one length, and no load passes it.
    internal static double Sum512<TFormula>(
        ReadOnlySpan<float> current, ReadOnlySpan<float> reference, ReadOnlySpan<float> weights, DriftScales scales,
        ref int index)
        where TFormula : struct, IDriftVectorFormula
    {
        ref float a = ref MemoryMarshal.GetReference(current);
        ref float b = ref MemoryMarshal.GetReference(reference);
        ref float w = ref MemoryMarshal.GetReference(weights);
        Vector512<double> scaleA = Vector512.Create(scales.Current);
        Vector512<double> scaleB = Vector512.Create(scales.Reference);
        Vector512<double> low = Vector512<double>.Zero;
        Vector512<double> high = Vector512<double>.Zero;
        int at = index;
        for (; at <= current.Length - 16; at += 16)
        {
            (Vector512<double> aLow, Vector512<double> aHigh) = Vector512.Widen(Vector512.LoadUnsafe(ref a, (nuint)at));
            (Vector512<double> bLow, Vector512<double> bHigh) = Vector512.Widen(Vector512.LoadUnsafe(ref b, (nuint)at));
            (Vector512<double> wLow, Vector512<double> wHigh) = Vector512.Widen(Vector512.LoadUnsafe(ref w, (nuint)at));
            low += TFormula.Apply(aLow * scaleA, bLow * scaleB, wLow);
            high += TFormula.Apply(aHigh * scaleA, bHigh * scaleB, wHigh);
        }

        index = at;
        return Vector512.Sum(low + high);
    }

    internal static double Sum256<TFormula>(
        ReadOnlySpan<float> current, ReadOnlySpan<float> reference, ReadOnlySpan<float> weights, DriftScales scales,
        ref int index)
        where TFormula : struct, IDriftVectorFormula
    {
        ref float a = ref MemoryMarshal.GetReference(current);
        ref float b = ref MemoryMarshal.GetReference(reference);
        ref float w = ref MemoryMarshal.GetReference(weights);
        Vector256<double> scaleA = Vector256.Create(scales.Current);
        Vector256<double> scaleB = Vector256.Create(scales.Reference);
        Vector256<double> low = Vector256<double>.Zero;
        Vector256<double> high = Vector256<double>.Zero;
        int at = index;
        for (; at <= current.Length - 8; at += 8)
        {
            (Vector256<double> aLow, Vector256<double> aHigh) = Vector256.Widen(Vector256.LoadUnsafe(ref a, (nuint)at));
            (Vector256<double> bLow, Vector256<double> bHigh) = Vector256.Widen(Vector256.LoadUnsafe(ref b, (nuint)at));
            (Vector256<double> wLow, Vector256<double> wHigh) = Vector256.Widen(Vector256.LoadUnsafe(ref w, (nuint)at));
            low += TFormula.Apply(aLow * scaleA, bLow * scaleB, wLow);
            high += TFormula.Apply(aHigh * scaleA, bHigh * scaleB, wHigh);
        }

        index = at;
        return Vector256.Sum(low + high);
    }

    internal static double Sum128<TFormula>(
        ReadOnlySpan<float> current, ReadOnlySpan<float> reference, ReadOnlySpan<float> weights, DriftScales scales,
        ref int index)
        where TFormula : struct, IDriftVectorFormula
    {
        ref float a = ref MemoryMarshal.GetReference(current);
        ref float b = ref MemoryMarshal.GetReference(reference);
        ref float w = ref MemoryMarshal.GetReference(weights);
        Vector128<double> scaleA = Vector128.Create(scales.Current);
        Vector128<double> scaleB = Vector128.Create(scales.Reference);
        Vector128<double> low = Vector128<double>.Zero;
        Vector128<double> high = Vector128<double>.Zero;
        int at = index;
        for (; at <= current.Length - 4; at += 4)
        {
            (Vector128<double> aLow, Vector128<double> aHigh) = Vector128.Widen(Vector128.LoadUnsafe(ref a, (nuint)at));
            (Vector128<double> bLow, Vector128<double> bHigh) = Vector128.Widen(Vector128.LoadUnsafe(ref b, (nuint)at));
            (Vector128<double> wLow, Vector128<double> wHigh) = Vector128.Widen(Vector128.LoadUnsafe(ref w, (nuint)at));
            low += TFormula.Apply(aLow * scaleA, bLow * scaleB, wLow);
            high += TFormula.Apply(aHigh * scaleA, bHigh * scaleB, wHigh);
        }

        index = at;
        return Vector128.Sum(low + high);
    }
}
