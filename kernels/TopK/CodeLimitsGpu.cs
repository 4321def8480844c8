#if EBB_ILGPU
using Ebb.Kernels.Gpu;
using ILGPU;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The bounds of <see cref="CodeLimits"/> and <see cref="CodeError"/>, per lane, on whole 32-bit sums: nothing is cut
/// and nothing saturates. A fused multiply-add only leaves a rounding out, so the slacks proven there hold fused or
/// not. Tiles that were never written are uploaded with error +∞.
/// </summary>
internal static class CodeLimitsGpu
{
    /// <summary>
    /// No sum is larger: ‖b‖·‖c‖ ≤ 127·√1024·120·√32 for long rows, 127·√128·181·√2 for short ones, by
    /// Cauchy–Schwarz and the limits of <see cref="Memory.CodeFormat"/>.
    /// </summary>
    public const int SumMax = 2_800_000;

    private const float Slack = 1f / (1 << 19);
    private const float Below = 0.01f;

    // 1.5·2^23: adding it leaves the nearest integer of a float within ±2^22 in its low bits. The conversion
    // instruction runs at a quarter of the rate.
    private const float RoundMagic = 12582912f;
    private const int RoundMagicBits = 0x4B400000;

    /// <summary>The factors of a tile's inverse, error and norm for one query's threshold.</summary>
    public static Quad Factors(Quad query, float threshold)
    {
        const double LimitSlack = 1.0 / (1 << 18);

        // The reference adds the bias in double: what that rounds away is less than this part of the larger of both.
        const double BiasSlack = 1.0 / (1L << 50);
        double highest = Float(query.W);
        double scale = Float(query.X);
        double target = (threshold - highest) / scale;
        double lost = ((threshold < 0 ? -threshold : threshold) + highest) / scale * BiasSlack;
        float inverse = (float)(target - ((target < 0 ? -target : target) * LimitSlack) - lost);
        float error = (float)(Float(query.Y) * (1 + LimitSlack));
        float norm = (float)(Float(query.Z) * (1 + LimitSlack));
        return new Quad(Bits(inverse), Bits(error), Bits(norm), 0);
    }

    /// <summary>
    /// The sum from which on a row of the tile may reach the threshold. One below what CodeLimits would give at most:
    /// rounded to the nearest after 0.51 was taken off. Whatever is not a number excludes nothing.
    /// </summary>
    public static int Limit(Quad factors, Quad tile)
    {
        float limit = (Float(factors.X) * Float(tile.Y))
            - (Float(factors.Y) * Float(tile.Z))
            - (Float(factors.Z) * Float(tile.W))
            - (Below + 0.5f);
        limit = limit > -SumMax ? limit : -SumMax;
        limit = limit < SumMax ? limit : SumMax;
        return (int)Interop.FloatAsInt(limit + RoundMagic) - RoundMagicBits;
    }

    /// <summary>At most the score of a row with that sum, bias included.</summary>
    public static float Lower(Quad query, Quad tile, int sum, float bias)
    {
        float near = sum * (Float(query.X) * Float(tile.X));
        float score = near - (Error(query, tile) + (Size(near) * Slack)) + bias;
        return score - (Size(score) * Slack) - ((bias < 0 ? -bias : bias) * Slack);
    }

    /// <summary>At least the score of a row with that sum, bias included.</summary>
    public static float Upper(Quad query, Quad tile, int sum, float bias)
    {
        float near = sum * (Float(query.X) * Float(tile.X));
        float score = near + (Error(query, tile) + (Size(near) * Slack)) + bias;
        return score + (Size(score) * Slack) + ((bias < 0 ? -bias : bias) * Slack);
    }

    private static float Error(Quad query, Quad tile) =>
        Float(query.X) * Float(tile.X)
        * ((Float(query.Y) * Float(tile.Z)) + (Float(query.Z) * Float(tile.W))) * (1 + (4 * Slack));

    private static float Size(float value) => value < 0 ? -value : value;

    private static float Float(int bits) => Interop.IntAsFloat((uint)bits);

    private static int Bits(float value) => (int)Interop.FloatAsInt(value);
}
#endif
