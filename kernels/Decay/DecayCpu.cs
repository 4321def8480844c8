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

    [SkipLocalsInit]
    private static void Update<TFormula>(
        BankShape shape, Span<float> bank, in BankStep step, ReadOnlySpan<float> vector)
        where TFormula : struct, IBankVectorFormula
    {
        ReadOnlySpan<double> halfLivesMs = shape.HalfLivesMs;
        Span<float> factors = stackalloc float[BankShape.HalfLifeCountMax];
        Span<float> impulses = stackalloc float[BankShape.HalfLifeCountMax];
        factors = factors[..halfLivesMs.Length];
        impulses = impulses[..halfLivesMs.Length];
        ExponentTraversal.FillImpulses(new ExponentTime(step.ElapsedMs, 1, halfLivesMs), 1, factors);
        ExponentTraversal.FillImpulses(new ExponentTime(step.AgeMs, 1, halfLivesMs), step.Weight, impulses);
        for (int m = 0; m < factors.Length; m++)
        {
            Span<float> row = bank.Slice(m * shape.Dimension, shape.Dimension);
            if (shape.DimensionRates.IsEmpty)
            {
                BroadcastTraversal.Run<TFormula>(row, factors[m], impulses[m], vector);
            }
            else
            {
                UpdateRated<TFormula>(shape, row, step, m, vector);
            }

            ref float mass = ref bank[shape.MassOffset + m];
            mass = TFormula.Apply(mass, factors[m], impulses[m], 1.0f);
        }
    }

    [SkipLocalsInit]
    private static void UpdateRated<TFormula>(
        BankShape shape, Span<float> row, in BankStep step, int m, ReadOnlySpan<float> vector)
        where TFormula : struct, IBankVectorFormula
    {
        Span<float> factors = stackalloc float[row.Length];
        Span<float> impulses = stackalloc float[row.Length];
        ReadOnlySpan<double> rates = shape.DimensionRates;
        ExponentTraversal.FillImpulses(new ExponentTime(step.ElapsedMs, shape.HalfLivesMs[m], rates), 1, factors);
        ExponentTraversal.FillImpulses(
            new ExponentTime(step.AgeMs, shape.HalfLivesMs[m], rates), step.Weight, impulses);
        BankTraversal.Run<TFormula>(row, factors, impulses, vector);
    }
}
