#if EBB_ILGPU
using Ebb.Kernels.Decay;

namespace Ebb.Kernels.Gpu;

/// <summary>What a kernel needs of a bank's shape: addresses of doubles, and the sizes.</summary>
internal readonly struct GpuBankView
{
    /// <summary>h_m in milliseconds.</summary>
    public long HalfLives { get; init; }

    /// <summary>ρ_d; 0 when every dimension decays alike.</summary>
    public long Rates { get; init; }

    /// <summary>Exp2's table.</summary>
    public long Table { get; init; }

    public int Dimension { get; init; }

    public int HalfLifeCount { get; init; }

    public static int BankLength(GpuBankView shape) => (shape.Dimension + 1) * shape.HalfLifeCount;

    /// <summary><see cref="DecayExponent.Of"/> for half-life m and a rate.</summary>
    public static double Exponent(GpuBankView shape, int m, double elapsedMs, double rate)
    {
        double scaled = Exp2Gpu.Load(shape.HalfLives + (m * sizeof(double))) * rate;
        return elapsedMs == 0 || double.IsInfinity(scaled) ? 0.0 : -(elapsedMs / scaled);
    }

    public static double Rate(GpuBankView shape, int d) =>
        shape.Rates == 0 ? 1.0 : Exp2Gpu.Load(shape.Rates + (d * sizeof(double)));
}
#endif
