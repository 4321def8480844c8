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
        ReadOnlySpan<double> rates = shape.DimensionRates;
        double halfLifeMs = shape.HalfLivesMs[m];
        Span<float> factors = stackalloc float[rates.Length];
        Span<float> impulses = stackalloc float[rates.Length];
        for (int d = 0; d < rates.Length; d++)
        {
            factors[d] = DecayExponent.Factor(step.ElapsedMs, halfLifeMs, rates[d]);
            impulses[d] = DecayExponent.Impulse(step.Weight, step.AgeMs, halfLifeMs, rates[d]);
        }

        BankTraversal.Run<TFormula>(row, factors, impulses, vector);
    }
}
