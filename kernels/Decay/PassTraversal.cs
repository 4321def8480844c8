using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Ebb.Kernels.Drift;

namespace Ebb.Kernels.Decay;

/// <summary>
/// One walk over the dimensions with all half-lives inside: update, blend to fp32 and the cosine's sums. The update
/// and the blend are the references' operations element by element; the sums' order follows the register width.
/// </summary>
internal static class PassTraversal
{
    public static PassSums Run<TMode>(in PassSpans spans)
        where TMode : struct, IPassMode
    {
        PassSums sums = default;
        int index = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            index = Run512<TMode>(spans, index, ref sums);
        }

        if (Vector256.IsHardwareAccelerated && index <= spans.Query.Length - 16)
        {
            index = Run256<TMode>(spans, index, ref sums);
        }

        if (Vector128.IsHardwareAccelerated && index <= spans.Query.Length - 4)
        {
            index = Run128<TMode>(spans, index, ref sums);
        }

        RunScalar<TMode>(spans, index, ref sums);
        return sums;
    }

    // SAFETY: every row lies inside Sums, Query and the other spans have its length, and no step passes it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int Run512<TMode>(in PassSpans spans, int index, ref PassSums sums)
        where TMode : struct, IPassMode
    {
        ref float s = ref MemoryMarshal.GetReference(spans.Sums);
        ref float p = ref MemoryMarshal.GetReference(spans.Vector);
        ref float q = ref MemoryMarshal.GetReference(spans.Query);
        ref float r = ref MemoryMarshal.GetReference(spans.Reference);
        ref PassRow firstRow = ref MemoryMarshal.GetReference(spans.Rows);
        int rowCount = spans.Rows.Length;
        int last = spans.Query.Length - 16;
        Vector512<float> magnitude = Vector512<float>.Zero;
        Vector512<double> dotLow = Vector512<double>.Zero, dotHigh = Vector512<double>.Zero;
        Vector512<double> querySquaredLow = Vector512<double>.Zero, querySquaredHigh = Vector512<double>.Zero;
        Vector512<double> referenceSquaredLow = Vector512<double>.Zero, referenceSquaredHigh = Vector512<double>.Zero;
        for (; index <= last; index += 16)
        {
            Vector512<float> item = TMode.Updates ? Vector512.LoadUnsafe(ref p, (nuint)index) : Vector512<float>.Zero;
            Vector512<double> low = Vector512<double>.Zero;
            Vector512<double> high = Vector512<double>.Zero;
            for (int m = 0; m < rowCount; m++)
            {
                ref PassRow row = ref Unsafe.Add(ref firstRow, m);
                ref float at = ref Unsafe.Add(ref s, row.Offset + index);
                Vector512<float> sum = Vector512.LoadUnsafe(ref at);
                if (TMode.Updates)
                {
                    Vector512<float> factor = Vector512.Create(row.Factor);
                    sum = AccumulateFormula.Apply(sum, factor, Vector512.Create(row.Impulse), item);
                    sum.StoreUnsafe(ref at);
                }

                Vector512<double> scale = Vector512.Create(row.Scale);
                low = BlendFormula.Apply(low, scale, Vector512.WidenLower(sum));
                high = BlendFormula.Apply(high, scale, Vector512.WidenUpper(sum));
            }

            Vector512<float> query = Vector512.Narrow(low, high);
            magnitude = Vector512.MaxNative(Vector512.Abs(query), magnitude);
            query.StoreUnsafe(ref q, (nuint)index);
            if (TMode.Compares)
            {
                (Vector512<double> qLow, Vector512<double> qHigh) = Vector512.Widen(query);
                Vector512<float> reference = Vector512.LoadUnsafe(ref r, (nuint)index);
                (Vector512<double> rLow, Vector512<double> rHigh) = Vector512.Widen(reference);
                dotLow = Vector512.MultiplyAddEstimate(qLow, rLow, dotLow);
                dotHigh = Vector512.MultiplyAddEstimate(qHigh, rHigh, dotHigh);
                querySquaredLow = Vector512.MultiplyAddEstimate(qLow, qLow, querySquaredLow);
                querySquaredHigh = Vector512.MultiplyAddEstimate(qHigh, qHigh, querySquaredHigh);
                referenceSquaredLow = Vector512.MultiplyAddEstimate(rLow, rLow, referenceSquaredLow);
                referenceSquaredHigh = Vector512.MultiplyAddEstimate(rHigh, rHigh, referenceSquaredHigh);
            }
        }

        if (TMode.Compares)
        {
            sums.Cosine.Dot += Vector512.Sum(dotLow + dotHigh);
            sums.Cosine.CurrentSquared += Vector512.Sum(querySquaredLow + querySquaredHigh);
            sums.Cosine.ReferenceSquared += Vector512.Sum(referenceSquaredLow + referenceSquaredHigh);
        }

        sums.Magnitude = MathF.Max(sums.Magnitude, Largest(magnitude));
        return index;
    }

    // SAFETY: as above. Two registers of sums a step, and constants that are operands from memory instead of
    // broadcasts: the loop is bound by instructions (PassRatios, one pass).
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int Run256<TMode>(in PassSpans spans, int index, ref PassSums sums)
        where TMode : struct, IPassMode
    {
        Span<PassRow256> wideRows = stackalloc PassRow256[BankShape.HalfLifeCountMax];
        ref PassRow256 firstRow = ref MemoryMarshal.GetReference(wideRows);
        ref PassRow256 endRow = ref PassRow256.Fill(spans.Rows, wideRows);
        ref float s = ref MemoryMarshal.GetReference(spans.Sums);
        ref float p = ref MemoryMarshal.GetReference(spans.Vector);
        ref float q = ref MemoryMarshal.GetReference(spans.Query);
        ref float r = ref MemoryMarshal.GetReference(spans.Reference);
        int last = spans.Query.Length - 16;
        Vector256<float> magnitude = default;
        Vector256<double> dot = default, qq = default, rr = default;
        for (; index <= last; index += 16)
        {
            Vector256<float> item0 = TMode.Updates ? Vector256.LoadUnsafe(ref p, (nuint)index) : default;
            Vector256<float> item1 = TMode.Updates ? Vector256.LoadUnsafe(ref p, (nuint)index + 8) : default;
            Vector256<double> total0 = default, total1 = default, total2 = default, total3 = default;
            for (ref PassRow256 row = ref firstRow; Unsafe.IsAddressLessThan(ref row, ref endRow);
                row = ref Unsafe.Add(ref row, 1))
            {
                ref float at = ref Unsafe.Add(ref s, row.Offset + index);
                if (TMode.Updates)
                {
                    Vector256<float> sum0 = Vector256.LoadUnsafe(ref at);
                    Vector256<float> sum1 = Vector256.LoadUnsafe(ref at, 8);
                    sum0 = AccumulateFormula.Apply(sum0, row.Factor, row.Impulse, item0);
                    sum1 = AccumulateFormula.Apply(sum1, row.Factor, row.Impulse, item1);
                    sum0.StoreUnsafe(ref at);
                    sum1.StoreUnsafe(ref at, 8);
                    total0 = BlendFormula.Apply(total0, row.Scale, Vector256.WidenLower(sum0));
                    total1 = BlendFormula.Apply(total1, row.Scale, Vector256.WidenUpper(sum0));
                    total2 = BlendFormula.Apply(total2, row.Scale, Vector256.WidenLower(sum1));
                    total3 = BlendFormula.Apply(total3, row.Scale, Vector256.WidenUpper(sum1));
                }
                else
                {
                    // A conversion from memory costs half of one from a register, but not of what was just stored:
                    // a store across a cache line is not forwarded.
                    total0 = BlendFormula.Apply(total0, row.Scale, CosineTraversal.Wide(ref at, 0));
                    total1 = BlendFormula.Apply(total1, row.Scale, CosineTraversal.Wide(ref at, 4));
                    total2 = BlendFormula.Apply(total2, row.Scale, CosineTraversal.Wide(ref at, 8));
                    total3 = BlendFormula.Apply(total3, row.Scale, CosineTraversal.Wide(ref at, 12));
                }
            }

            Vector256<float> query0 = Vector256.Narrow(total0, total1);
            Vector256<float> query1 = Vector256.Narrow(total2, total3);
            query0.StoreUnsafe(ref q, (nuint)index);
            query1.StoreUnsafe(ref q, (nuint)index + 8);
            magnitude = Vector256.MaxNative(
                Vector256.Abs(query0), Vector256.MaxNative(Vector256.Abs(query1), magnitude));
            if (TMode.Compares)
            {
                ref float reference = ref Unsafe.Add(ref r, index);
                Vector256<double> q0 = Vector256.WidenLower(query0), r0 = CosineTraversal.Wide(ref reference, 0);
                Vector256<double> q1 = Vector256.WidenUpper(query0), r1 = CosineTraversal.Wide(ref reference, 4);
                Vector256<double> q2 = Vector256.WidenLower(query1), r2 = CosineTraversal.Wide(ref reference, 8);
                Vector256<double> q3 = Vector256.WidenUpper(query1), r3 = CosineTraversal.Wide(ref reference, 12);
                dot += Product(q0, r0, q1, r1) + Product(q2, r2, q3, r3);
                qq += Product(q0, q0, q1, q1) + Product(q2, q2, q3, q3);
                rr += Product(r0, r0, r1, r1) + Product(r2, r2, r3, r3);
            }
        }

        if (TMode.Compares)
        {
            sums.Cosine.Dot += Vector256.Sum(dot);
            sums.Cosine.CurrentSquared += Vector256.Sum(qq);
            sums.Cosine.ReferenceSquared += Vector256.Sum(rr);
        }

        sums.Magnitude = MathF.Max(sums.Magnitude, Largest(magnitude));
        return index;
    }

    // Products of floats are exact in double: fused or not, the same bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Product(
        Vector256<double> a, Vector256<double> b, Vector256<double> c, Vector256<double> d) =>
        Vector256.MultiplyAddEstimate(a, b, c * d);

    // SAFETY: every row lies inside Sums, Query and the other spans have its length, and no step passes it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int Run128<TMode>(in PassSpans spans, int index, ref PassSums sums)
        where TMode : struct, IPassMode
    {
        ref float s = ref MemoryMarshal.GetReference(spans.Sums);
        ref float p = ref MemoryMarshal.GetReference(spans.Vector);
        ref float q = ref MemoryMarshal.GetReference(spans.Query);
        ref float r = ref MemoryMarshal.GetReference(spans.Reference);
        ref PassRow firstRow = ref MemoryMarshal.GetReference(spans.Rows);
        int rowCount = spans.Rows.Length;
        int last = spans.Query.Length - 4;
        Vector128<float> magnitude = Vector128<float>.Zero;
        Vector128<double> dotLow = Vector128<double>.Zero, dotHigh = Vector128<double>.Zero;
        Vector128<double> querySquaredLow = Vector128<double>.Zero, querySquaredHigh = Vector128<double>.Zero;
        Vector128<double> referenceSquaredLow = Vector128<double>.Zero, referenceSquaredHigh = Vector128<double>.Zero;
        for (; index <= last; index += 4)
        {
            Vector128<float> item = TMode.Updates ? Vector128.LoadUnsafe(ref p, (nuint)index) : Vector128<float>.Zero;
            Vector128<double> low = Vector128<double>.Zero;
            Vector128<double> high = Vector128<double>.Zero;
            for (int m = 0; m < rowCount; m++)
            {
                ref PassRow row = ref Unsafe.Add(ref firstRow, m);
                ref float at = ref Unsafe.Add(ref s, row.Offset + index);
                Vector128<float> sum = Vector128.LoadUnsafe(ref at);
                if (TMode.Updates)
                {
                    Vector128<float> factor = Vector128.Create(row.Factor);
                    sum = AccumulateFormula.Apply(sum, factor, Vector128.Create(row.Impulse), item);
                    sum.StoreUnsafe(ref at);
                }

                Vector128<double> scale = Vector128.Create(row.Scale);
                low = BlendFormula.Apply(low, scale, Vector128.WidenLower(sum));
                high = BlendFormula.Apply(high, scale, Vector128.WidenUpper(sum));
            }

            Vector128<float> query = Vector128.Narrow(low, high);
            magnitude = Vector128.MaxNative(Vector128.Abs(query), magnitude);
            query.StoreUnsafe(ref q, (nuint)index);
            if (TMode.Compares)
            {
                (Vector128<double> qLow, Vector128<double> qHigh) = Vector128.Widen(query);
                Vector128<float> reference = Vector128.LoadUnsafe(ref r, (nuint)index);
                (Vector128<double> rLow, Vector128<double> rHigh) = Vector128.Widen(reference);
                dotLow = Vector128.MultiplyAddEstimate(qLow, rLow, dotLow);
                dotHigh = Vector128.MultiplyAddEstimate(qHigh, rHigh, dotHigh);
                querySquaredLow = Vector128.MultiplyAddEstimate(qLow, qLow, querySquaredLow);
                querySquaredHigh = Vector128.MultiplyAddEstimate(qHigh, qHigh, querySquaredHigh);
                referenceSquaredLow = Vector128.MultiplyAddEstimate(rLow, rLow, referenceSquaredLow);
                referenceSquaredHigh = Vector128.MultiplyAddEstimate(rHigh, rHigh, referenceSquaredHigh);
            }
        }

        if (TMode.Compares)
        {
            sums.Cosine.Dot += Vector128.Sum(dotLow + dotHigh);
            sums.Cosine.CurrentSquared += Vector128.Sum(querySquaredLow + querySquaredHigh);
            sums.Cosine.ReferenceSquared += Vector128.Sum(referenceSquaredLow + referenceSquaredHigh);
        }

        sums.Magnitude = MathF.Max(sums.Magnitude, Largest(magnitude));
        return index;
    }

    internal static int RunScalar<TMode>(in PassSpans spans, int index, ref PassSums sums)
        where TMode : struct, IPassMode
    {
        for (; index < spans.Query.Length; index++)
        {
            double total = 0;
            foreach (ref readonly PassRow row in spans.Rows)
            {
                ref float sum = ref spans.Sums[row.Offset + index];
                if (TMode.Updates)
                {
                    sum = AccumulateFormula.Apply(sum, row.Factor, row.Impulse, spans.Vector[index]);
                }

                total = BlendFormula.Apply(total, row.Scale, sum);
            }

            float query = (float)total;
            sums.Magnitude = MathF.Max(sums.Magnitude, MathF.Abs(query));
            spans.Query[index] = query;
            if (TMode.Compares)
            {
                double reference = spans.Reference[index];
                sums.Cosine.Dot += query * reference;
                sums.Cosine.CurrentSquared += (double)query * query;
                sums.Cosine.ReferenceSquared += reference * reference;
            }
        }

        return index;
    }

    // Native maxima: a NaN, which only a bank that is not finite can give, may be lost here; it is in the query.
    private static float Largest(Vector512<float> magnitudes) =>
        Largest(Vector256.MaxNative(magnitudes.GetLower(), magnitudes.GetUpper()));

    private static float Largest(Vector256<float> magnitudes) =>
        Largest(Vector128.MaxNative(magnitudes.GetLower(), magnitudes.GetUpper()));

    private static float Largest(Vector128<float> magnitudes)
    {
        Vector64<float> pairs = Vector64.MaxNative(magnitudes.GetLower(), magnitudes.GetUpper());
        return MathF.Max(pairs.ToScalar(), pairs.GetElement(1));
    }
}
