namespace Ebb.Kernels.Decay;

/// <summary>
/// The specification of stored arithmetic: plain loops, every operation in double and then rounded to fp32. A double
/// holds the product of two floats exactly, and rounding their double sum to fp32 again changes nothing (53 ≥ 2·24+2),
/// so each line below is one correctly rounded fp32 operation. Shares only <see cref="Exp2"/>, itself part of the
/// definition and tested on its own.
/// </summary>
internal static class DecayReference
{
    public static void Decay(BankShape shape, Span<float> bank, double elapsedMs)
    {
        for (int index = 0; index < shape.BankLength; index++)
        {
            float factor = (float)Exp2.Of(Exponent(shape, index, elapsedMs));
            bank[index] = (float)((double)bank[index] * factor);
        }
    }

    public static void Accumulate(
        BankShape shape, Span<float> bank, double ageMs, float weight, ReadOnlySpan<float> vector)
    {
        for (int index = 0; index < shape.BankLength; index++)
        {
            double item = index < shape.SumCount ? vector[index % shape.Dimension] : 1.0;
            float impulse = (float)(weight * Exp2.Of(Exponent(shape, index, ageMs)));
            float term = (float)(impulse * item);
            bank[index] = (float)((double)bank[index] + term);
        }
    }

    private static double Exponent(BankShape shape, int index, double ageMs)
    {
        bool isMass = index >= shape.SumCount;
        int m = isMass ? index - shape.SumCount : index / shape.Dimension;
        double halfLifeMs = shape.HalfLivesMs[m];
        if (!isMass && !shape.DimensionRates.IsEmpty)
        {
            halfLifeMs *= shape.DimensionRates[index % shape.Dimension];
        }

        if (ageMs == 0 || double.IsInfinity(halfLifeMs))
        {
            return 0;
        }

        return -(ageMs / halfLifeMs);
    }
}
