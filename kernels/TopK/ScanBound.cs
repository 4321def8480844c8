using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>
/// How far an fp32 dot product can lie from the exact one. For q·x with D terms, computed with any order of additions
/// in which no term passes through more than n roundings (a fused multiply-add is one), and without overflow:
/// <code>|fl(q·x) − q·x| ≤ γ_n·Σ|q_d·x_d| + D·2^−149 ≤ γ_n·‖q‖·‖x‖ + D·2^−149,   γ_n = n·u/(1 − n·u), u = 2^−24</code>
/// (Higham, Accuracy and Stability, §3.1; Cauchy–Schwarz; the last term covers products that underflow gradually).
/// The served score is itself a double sum, off by at most D·2^−53·‖q‖·‖x‖·(1 + tiny). The proof: DESIGN.md here.
/// </summary>
internal static class ScanBound
{
    private const double UnitRoundoff = 1.0 / (1 << 24);
    private const double DoubleRoundoff = 1.0 / (1L << 53);

    // Covers the fp32 rounding of coefficient · norm in the filter, with room to spare.
    private const double FilterSlack = 1 + 16 * UnitRoundoff;

    /// <summary>
    /// ‖q‖·‖x‖ up to here keeps every partial sum below 2^126·(1 + γ), far from fp32's end; above it the block is
    /// scored in double.
    /// </summary>
    public static readonly double NormProductMax = Math.Pow(2, 126);

    /// <summary>D·2^−148: twice what underflow can take.</summary>
    public static double Absolute(int dimension) => dimension * Math.Pow(2, -148);

    /// <summary>What a row's norm bound is multiplied by to bound its error, rounded up to fp32.</summary>
    /// <param name="queryNorm">At least ‖q‖.</param>
    /// <param name="dimension">D.</param>
    /// <param name="roundingCount">n of the scan that was used.</param>
    public static float PerRowNorm(double queryNorm, int dimension, int roundingCount)
    {
        double nu = roundingCount * UnitRoundoff;
        double relative = (nu / (1 - nu)) + (2 * dimension * DoubleRoundoff);
        return RoundedNorm.Ceiling(relative * FilterSlack * queryNorm);
    }
}
