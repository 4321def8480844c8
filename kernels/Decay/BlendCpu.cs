using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ebb.Kernels.Decay;

/// <summary>
/// A bank read at a moment, bit for bit what <see cref="BlendReference"/> gives on every instruction set: sums in
/// double, m in order, element-wise, never fused, rounded to fp32 once. Any thread.
/// </summary>
internal static class BlendCpu
{
    [SkipLocalsInit]
    public static double Blend(BankShape shape, ReadOnlySpan<float> bank, in BlendAt at, Span<float> query)
    {
        if (!BlendPlan.Serves(shape, at))
        {
            return BlendLong(shape, bank, at, query);
        }

        Span<BlendRow> rows = stackalloc BlendRow[BankShape.HalfLifeCountMax];
        double largest = BlendPlan.FillRows(shape, at, ref rows);
        float magnitude = 0;
        BlendTraversal.Run(new BlendSpans(bank, rows, query), ref magnitude);
        return BlendPlan.Holds(shape, bank, at, (largest, magnitude)) ? largest : BlendLong(shape, bank, at, query);
    }

    /// <summary>
    /// Any bank at any moment: finds E among the elements first, then goes over the bank a row at a time.
    /// </summary>
    [SkipLocalsInit]
    private static double BlendLong(BankShape shape, ReadOnlySpan<float> bank, in BlendAt at, Span<float> query)
    {
        ReadOnlySpan<double> coefficients = at.Coefficients.Span;
        double largest = LargestExponent(shape, bank, at);
        if (double.IsNegativeInfinity(largest))
        {
            query.Clear();
            return 0;
        }

        Span<double> totals = stackalloc double[shape.Dimension];
        Span<double> scales = stackalloc double[shape.Dimension];
        totals.Clear();
        for (int m = 0; m < coefficients.Length; m++)
        {
            ReadOnlySpan<float> row = bank.Slice(m * shape.Dimension, shape.Dimension);
            if (coefficients[m] == 0 || !row.ContainsAnyExcept(0f))
            {
                continue;
            }

            FillScales(shape, m, at, largest, scales);
            AddScaled(totals, scales, row);
        }

        return BlendScale.Store(totals, query, largest);
    }

    /// <summary>Over all (m, d) that count: c_m ≠ 0 and S_m,d ≠ 0. Negative infinity when none does.</summary>
    private static double LargestExponent(BankShape shape, ReadOnlySpan<float> bank, in BlendAt at)
    {
        ReadOnlySpan<double> coefficients = at.Coefficients.Span;
        double largest = double.NegativeInfinity;
        for (int m = 0; m < coefficients.Length; m++)
        {
            ReadOnlySpan<float> row = bank.Slice(m * shape.Dimension, shape.Dimension);
            if (coefficients[m] == 0 || !row.ContainsAnyExcept(0f))
            {
                continue;
            }

            double halfLifeMs = shape.HalfLivesMs[m];
            if (shape.DimensionRates.IsEmpty)
            {
                largest = Math.Max(largest, DecayExponent.Of(at.ElapsedMs, halfLifeMs, 1.0));
                continue;
            }

            // The slowest dimension of the row may be empty: taking its exponent could flush all the others.
            ExponentTime time = new(at.ElapsedMs, halfLifeMs, shape.DimensionRates);
            largest = Math.Max(largest, ExponentTraversal.Largest(time, row));
        }

        return largest;
    }

    private static void FillScales(BankShape shape, int m, in BlendAt at, double largest, Span<double> scales)
    {
        double coefficient = at.Coefficients.Span[m];
        double halfLifeMs = shape.HalfLivesMs[m];
        if (shape.DimensionRates.IsEmpty)
        {
            double exponent = DecayExponent.Of(at.ElapsedMs, halfLifeMs, 1.0);
            scales.Fill(coefficient * Exp2.Of(exponent - largest));
            return;
        }

        ExponentTime time = new(at.ElapsedMs, halfLifeMs, shape.DimensionRates);
        ExponentTraversal.FillScales(time, coefficient, largest, scales);
    }

    // SAFETY: the three spans have one length, and every load and store stays below it.
    private static void AddScaled(Span<double> totals, ReadOnlySpan<double> scales, ReadOnlySpan<float> sums)
    {
        ref double t = ref MemoryMarshal.GetReference(totals);
        ref double c = ref MemoryMarshal.GetReference(scales);
        ref float s = ref MemoryMarshal.GetReference(sums);
        int index = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; index <= sums.Length - 16; index += 16)
            {
                nuint at = (nuint)index;
                (Vector512<double> low, Vector512<double> high) = Vector512.Widen(Vector512.LoadUnsafe(ref s, at));
                BlendFormula.Apply(Vector512.LoadUnsafe(ref t, at), Vector512.LoadUnsafe(ref c, at), low)
                    .StoreUnsafe(ref t, at);
                BlendFormula.Apply(Vector512.LoadUnsafe(ref t, at + 8), Vector512.LoadUnsafe(ref c, at + 8), high)
                    .StoreUnsafe(ref t, at + 8);
            }
        }

        if (Vector256.IsHardwareAccelerated)
        {
            for (; index <= sums.Length - 8; index += 8)
            {
                nuint at = (nuint)index;
                (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.LoadUnsafe(ref s, at));
                BlendFormula.Apply(Vector256.LoadUnsafe(ref t, at), Vector256.LoadUnsafe(ref c, at), low)
                    .StoreUnsafe(ref t, at);
                BlendFormula.Apply(Vector256.LoadUnsafe(ref t, at + 4), Vector256.LoadUnsafe(ref c, at + 4), high)
                    .StoreUnsafe(ref t, at + 4);
            }
        }

        for (; index < sums.Length; index++)
        {
            totals[index] = BlendFormula.Apply(totals[index], scales[index], sums[index]);
        }
    }
}
