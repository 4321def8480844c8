using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Ebb.Kernels.Drift;

namespace Ebb.Kernels.Decay;

/// <summary>
/// One walk over the dimensions with all half-lives inside: totals live in registers and leave them as the fp32
/// query. Element by element the reference's operations, whatever the width. Magnitude becomes the largest |element|
/// of the query.
/// </summary>
internal static class BlendTraversal
{
    public static void Run(in BlendSpans spans, ref float magnitude)
    {
        int index = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            index = Run512(spans, index, ref magnitude);
        }

        if (Vector256.IsHardwareAccelerated && index <= spans.Query.Length - 16)
        {
            index = Run256(spans, index, ref magnitude);
        }

        if (Vector128.IsHardwareAccelerated && index <= spans.Query.Length - 4)
        {
            index = Run128(spans, index, ref magnitude);
        }

        RunScalar(spans, index, ref magnitude);
    }

    // SAFETY (all three): every row lies inside Bank and has Query's length, which no step passes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int Run512(in BlendSpans spans, int index, ref float magnitude)
    {
        ref float s = ref MemoryMarshal.GetReference(spans.Bank);
        ref float q = ref MemoryMarshal.GetReference(spans.Query);
        ref BlendRow end = ref Unsafe.Add(ref MemoryMarshal.GetReference(spans.Rows), spans.Rows.Length);
        int last = spans.Query.Length - 16;
        Vector512<float> largest = Vector512<float>.Zero;
        for (; index <= last; index += 16)
        {
            Vector512<double> low = Vector512<double>.Zero;
            Vector512<double> high = Vector512<double>.Zero;
            for (ref BlendRow row = ref MemoryMarshal.GetReference(spans.Rows);
                Unsafe.IsAddressLessThan(ref row, ref end);
                row = ref Unsafe.Add(ref row, 1))
            {
                Vector512<float> sum = Vector512.LoadUnsafe(ref s, (nuint)(row.Offset + index));
                Vector512<double> scale = Vector512.Create(row.Scale);
                low = BlendFormula.Apply(low, scale, Vector512.WidenLower(sum));
                high = BlendFormula.Apply(high, scale, Vector512.WidenUpper(sum));
            }

            Vector512<float> query = Vector512.Narrow(low, high);
            query.StoreUnsafe(ref q, (nuint)index);
            largest = Vector512.MaxNative(Vector512.Abs(query), largest);
        }

        magnitude = MathF.Max(magnitude, Largest(Vector256.MaxNative(largest.GetLower(), largest.GetUpper())));
        return index;
    }

    // Two registers of sums a step, widened from memory (CosineTraversal.Wide).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int Run256(in BlendSpans spans, int index, ref float magnitude)
    {
        ref float s = ref MemoryMarshal.GetReference(spans.Bank);
        ref float q = ref MemoryMarshal.GetReference(spans.Query);
        ref BlendRow end = ref Unsafe.Add(ref MemoryMarshal.GetReference(spans.Rows), spans.Rows.Length);
        int last = spans.Query.Length - 16;
        Vector256<float> largest = Vector256<float>.Zero;
        for (; index <= last; index += 16)
        {
            Vector256<double> total0 = default, total1 = default, total2 = default, total3 = default;
            for (ref BlendRow row = ref MemoryMarshal.GetReference(spans.Rows);
                Unsafe.IsAddressLessThan(ref row, ref end);
                row = ref Unsafe.Add(ref row, 1))
            {
                ref float at = ref Unsafe.Add(ref s, row.Offset + index);
                Vector256<double> scale = Vector256.Create(row.Scale);
                total0 = BlendFormula.Apply(total0, scale, CosineTraversal.Wide(ref at, 0));
                total1 = BlendFormula.Apply(total1, scale, CosineTraversal.Wide(ref at, 4));
                total2 = BlendFormula.Apply(total2, scale, CosineTraversal.Wide(ref at, 8));
                total3 = BlendFormula.Apply(total3, scale, CosineTraversal.Wide(ref at, 12));
            }

            Vector256<float> query0 = Vector256.Narrow(total0, total1);
            Vector256<float> query1 = Vector256.Narrow(total2, total3);
            query0.StoreUnsafe(ref q, (nuint)index);
            query1.StoreUnsafe(ref q, (nuint)index + 8);
            largest = Vector256.MaxNative(
                Vector256.Abs(query0), Vector256.MaxNative(Vector256.Abs(query1), largest));
        }

        magnitude = MathF.Max(magnitude, Largest(largest));
        return index;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int Run128(in BlendSpans spans, int index, ref float magnitude)
    {
        ref float s = ref MemoryMarshal.GetReference(spans.Bank);
        ref float q = ref MemoryMarshal.GetReference(spans.Query);
        ref BlendRow end = ref Unsafe.Add(ref MemoryMarshal.GetReference(spans.Rows), spans.Rows.Length);
        int last = spans.Query.Length - 4;
        Vector128<float> largest = Vector128<float>.Zero;
        for (; index <= last; index += 4)
        {
            Vector128<double> low = Vector128<double>.Zero;
            Vector128<double> high = Vector128<double>.Zero;
            for (ref BlendRow row = ref MemoryMarshal.GetReference(spans.Rows);
                Unsafe.IsAddressLessThan(ref row, ref end);
                row = ref Unsafe.Add(ref row, 1))
            {
                Vector128<float> sum = Vector128.LoadUnsafe(ref s, (nuint)(row.Offset + index));
                Vector128<double> scale = Vector128.Create(row.Scale);
                low = BlendFormula.Apply(low, scale, Vector128.WidenLower(sum));
                high = BlendFormula.Apply(high, scale, Vector128.WidenUpper(sum));
            }

            Vector128<float> query = Vector128.Narrow(low, high);
            query.StoreUnsafe(ref q, (nuint)index);
            largest = Vector128.MaxNative(Vector128.Abs(query), largest);
        }

        magnitude = MathF.Max(magnitude, Largest(largest));
        return index;
    }

    internal static int RunScalar(in BlendSpans spans, int index, ref float magnitude)
    {
        for (; index < spans.Query.Length; index++)
        {
            double total = 0;
            foreach (ref readonly BlendRow row in spans.Rows)
            {
                total = BlendFormula.Apply(total, row.Scale, spans.Bank[row.Offset + index]);
            }

            float query = (float)total;
            magnitude = MathF.Max(magnitude, MathF.Abs(query));
            spans.Query[index] = query;
        }

        return index;
    }

    // Native maxima: a NaN, which only a bank that is not finite can give, may be lost here; it is in the query.
    private static float Largest(Vector256<float> magnitudes) =>
        Largest(Vector128.MaxNative(magnitudes.GetLower(), magnitudes.GetUpper()));

    private static float Largest(Vector128<float> magnitudes)
    {
        Vector64<float> pairs = Vector64.MaxNative(magnitudes.GetLower(), magnitudes.GetUpper());
        return MathF.Max(pairs.ToScalar(), pairs.GetElement(1));
    }
}
