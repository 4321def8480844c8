namespace Ebb.Kernels.Decay;

/// <summary>The specification of a blend: one loop over m inside one over d, nothing shared but Exp2.</summary>
internal static class BlendReference
{
    public static double Blend(BankShape shape, ReadOnlySpan<float> bank, in BlendAt at, Span<float> query)
    {
        double largest = double.NegativeInfinity;
        for (int index = 0; index < shape.SumCount; index++)
        {
            if (at.Coefficients.Span[index / shape.Dimension] != 0 && bank[index] != 0)
            {
                largest = Math.Max(largest, Exponent(shape, index, at.ElapsedMs));
            }
        }

        double[] totals = new double[shape.Dimension];
        double magnitude = 0;
        for (int d = 0; d < shape.Dimension; d++)
        {
            for (int index = d; index < shape.SumCount; index += shape.Dimension)
            {
                double coefficient = at.Coefficients.Span[index / shape.Dimension];
                if (coefficient != 0 && bank[index] != 0)
                {
                    double scale = coefficient * Exp2.Of(Exponent(shape, index, at.ElapsedMs) - largest);
                    totals[d] += scale * bank[index];
                }
            }

            magnitude = Math.Max(magnitude, Math.Abs(totals[d]));
        }

        // Out of 2^±64: multiply by the power of two that brings the largest total into [1, 2).
        int shift = 0;
        bool isFar = magnitude < Math.Pow(2, -64) || magnitude >= Math.Pow(2, 65);
        if (isFar && magnitude > 0 && double.IsFinite(magnitude))
        {
            shift = Math.Clamp(Math.ILogB(magnitude), -1022, 1022);
        }

        for (int d = 0; d < shape.Dimension; d++)
        {
            query[d] = (float)(Math.ScaleB(totals[d], -shift));
        }

        return double.IsNegativeInfinity(largest) ? 0 : largest + shift;
    }

    private static double Exponent(BankShape shape, int index, double elapsedMs)
    {
        double halfLifeMs = shape.HalfLivesMs[index / shape.Dimension];
        if (!shape.DimensionRates.IsEmpty)
        {
            halfLifeMs *= shape.DimensionRates[index % shape.Dimension];
        }

        return elapsedMs == 0 || double.IsInfinity(halfLifeMs) ? 0 : -(elapsedMs / halfLifeMs);
    }
}
