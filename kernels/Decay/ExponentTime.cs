using System.Runtime.Intrinsics;

namespace Ebb.Kernels.Decay;

/// <summary>A time passed, for dimensions of different rates: <see cref="DecayExponent.Of"/> on registers.</summary>
internal readonly ref struct ExponentTime(double elapsedMs, double halfLifeMs, ReadOnlySpan<double> rates)
{
    public double ElapsedMs { get; } = elapsedMs;

    public double HalfLifeMs { get; } = halfLifeMs;

    /// <summary>ρ_d, at least as many as there are elements.</summary>
    public ReadOnlySpan<double> Rates { get; } = rates;

    public Vector128<double> Of(Vector128<double> rates)
    {
        Vector128<double> scaled = rates * HalfLifeMs;
        Vector128<double> exponent = -(Vector128.Create(ElapsedMs) / scaled);
        Vector128<double> never = Vector128.Equals(scaled, Vector128.Create(double.PositiveInfinity));
        return ElapsedMs == 0
            ? Vector128<double>.Zero
            : Vector128.ConditionalSelect(never, Vector128<double>.Zero, exponent);
    }

    public Vector256<double> Of(Vector256<double> rates)
    {
        Vector256<double> scaled = rates * HalfLifeMs;
        Vector256<double> exponent = -(Vector256.Create(ElapsedMs) / scaled);
        Vector256<double> never = Vector256.Equals(scaled, Vector256.Create(double.PositiveInfinity));
        return ElapsedMs == 0
            ? Vector256<double>.Zero
            : Vector256.ConditionalSelect(never, Vector256<double>.Zero, exponent);
    }

    public Vector512<double> Of(Vector512<double> rates)
    {
        Vector512<double> scaled = rates * HalfLifeMs;
        Vector512<double> exponent = -(Vector512.Create(ElapsedMs) / scaled);
        Vector512<double> never = Vector512.Equals(scaled, Vector512.Create(double.PositiveInfinity));
        return ElapsedMs == 0
            ? Vector512<double>.Zero
            : Vector512.ConditionalSelect(never, Vector512<double>.Zero, exponent);
    }
}
