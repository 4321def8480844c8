namespace Ebb.Kernels.Decay;

/// <summary>The log2 of what time does to a sum, and the fp32 numbers that stored arithmetic makes of it.</summary>
internal static class DecayExponent
{
    /// <summary>−elapsed/(h·ρ), ≤ 0. "Never" and no time at all give 0, not the NaN of ∞/∞ or 0/0.</summary>
    public static double Of(double elapsedMs, double halfLifeMs, double rate)
    {
        double scaled = halfLifeMs * rate;
        return elapsedMs == 0 || double.IsPositiveInfinity(scaled) ? 0.0 : -(elapsedMs / scaled);
    }

    public static float Factor(double elapsedMs, double halfLifeMs, double rate = 1.0) =>
        (float)Exp2.Of(Of(elapsedMs, halfLifeMs, rate));

    /// <summary>w·2^(−age/(h·ρ)): the product in double, one rounding to fp32.</summary>
    public static float Impulse(float weight, double ageMs, double halfLifeMs, double rate = 1.0) =>
        (float)(weight * Exp2.Of(Of(ageMs, halfLifeMs, rate)));
}
