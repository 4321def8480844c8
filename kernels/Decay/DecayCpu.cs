using System.Runtime.CompilerServices;

namespace Ebb.Kernels.Decay;

/// <summary>Bank updates on SIMD registers, bit for bit what <see cref="DecayReference"/> gives. Any thread.</summary>
internal static class DecayCpu
{
    public static void Decay(BankShape shape, Span<float> bank, double elapsedMs)
    {
        // Weight and item are not read by this formula; the bank stands in for a span of the right length.
        Update<DecayFormula>(shape, bank, new BankStep(elapsedMs, 0, 0), bank);
    }

    public static void Accumulate(
        BankShape shape, Span<float> bank, double ageMs, float weight, ReadOnlySpan<float> vector)
    {
        Update<AccumulateFormula>(shape, bank, new BankStep(0, ageMs, weight), vector);
    }

    /// <summary>Decay by elapsed, then accumulate, in one pass over the bank; the same bits as the two calls.</summary>
    public static void DecayAccumulate(
        BankShape shape, Span<float> bank, in BankStep step, ReadOnlySpan<float> vector)
    {
        Update<AccumulateFormula>(shape, bank, step, vector);
    }

    private static void Update<TFormula>(
        BankShape shape, Span<float> bank, in BankStep step, ReadOnlySpan<float> vector)
        where TFormula : struct, IBankVectorFormula
    {
        ReadOnlySpan<double> halfLivesMs = shape.HalfLivesMs;
        for (int m = 0; m < halfLivesMs.Length; m++)
        {
            float factor = DecayExponent.Factor(step.ElapsedMs, halfLivesMs[m]);
            float impulse = DecayExponent.Impulse(step.Weight, step.AgeMs, halfLivesMs[m]);
            Span<float> row = bank.Slice(m * shape.Dimension, shape.Dimension);
            if (shape.DimensionRates.IsEmpty)
            {
                BroadcastTraversal.Run<TFormula>(row, factor, impulse, vector);
            }
            else
            {
                UpdateRated<TFormula>(shape, row, step, m, vector);
            }

            ref float mass = ref bank[shape.MassOffset + m];
            mass = TFormula.Apply(mass, factor, impulse, 1.0f);
        }
    }

    [SkipLocalsInit]
    private static void UpdateRated<TFormula>(
        BankShape shape, Span<float> row, in BankStep step, int m, ReadOnlySpan<float> vector)
        where TFormula : struct, IBankVectorFormula
    {
        Span<float> factors = stackalloc float[row.Length];
        Span<float> impulses = stackalloc float[row.Length];
        FillFactors(shape, m, step.ElapsedMs, factors);
        FillImpulses(shape, m, step, impulses);
        BankTraversal.Run<TFormula>(row, factors, impulses, vector);
    }

    // No time at all leaves 1 and the weight itself: the same bits as the long way, which an event in order avoids.
    private static void FillFactors(BankShape shape, int m, double elapsedMs, Span<float> factors)
    {
        if (elapsedMs == 0)
        {
            factors.Fill(1);
            return;
        }

        for (int d = 0; d < factors.Length; d++)
        {
            factors[d] = DecayExponent.Factor(elapsedMs, shape.HalfLivesMs[m], shape.DimensionRates[d]);
        }
    }

    private static void FillImpulses(BankShape shape, int m, in BankStep step, Span<float> impulses)
    {
        if (step.AgeMs == 0)
        {
            impulses.Fill(step.Weight);
            return;
        }

        for (int d = 0; d < impulses.Length; d++)
        {
            double rate = shape.DimensionRates[d];
            impulses[d] = DecayExponent.Impulse(step.Weight, step.AgeMs, shape.HalfLivesMs[m], rate);
        }
    }
}
