namespace Ebb.Kernels.Decay;

/// <summary>
/// The last step of a blend: totals in double become the fp32 query. Totals far from 1 (tiny or giant sums or
/// coefficients) are first moved by a whole power of two, which goes into the exponent, so no direction is lost to
/// fp32's range.
/// </summary>
internal static class BlendScale
{
    /// <summary>Totals whose largest magnitude lies within 2^±64 are left alone.</summary>
    public const int ExponentFree = 64;

    public static double Store(ReadOnlySpan<double> totals, Span<float> query, double exponent)
    {
        double magnitude = 0;
        foreach (double total in totals)
        {
            magnitude = Math.Max(magnitude, Math.Abs(total));
        }

        int shift = Shift(magnitude);
        double scale = Exp2.PowerOfTwo(-shift);
        for (int d = 0; d < query.Length; d++)
        {
            query[d] = (float)(totals[d] * scale);
        }

        return exponent + shift;
    }

    private static int Shift(double magnitude)
    {
        if (magnitude == 0 || !double.IsFinite(magnitude))
        {
            return 0;
        }

        int shift = Math.ILogB(magnitude);
        return Math.Abs(shift) <= ExponentFree ? 0 : Math.Clamp(shift, -1022, 1022);
    }
}
