#if EBB_ILGPU
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.Gpu;

/// <summary>
/// A query as signed bytes, q̂ = scale·b, and what that loses, measured: the figures of <see cref="TopK.QueryCodes"/>,
/// but with all seven bits, for sums here have 32.
/// </summary>
internal static unsafe class GpuQueryCoder
{
    private const int CodeMax = 127;

    /// <param name="query">D floats, finite.</param>
    /// <param name="codes">At least D bytes, zeroed by the caller past D.</param>
    /// <param name="bounds">Scale, norm of the codes, lost: in units of the scale.</param>
    /// <returns>False where codes are no use: a zero query, or one at the ends of fp32's range.</returns>
    public static bool TryCode(ReadOnlySpan<float> query, sbyte* codes, float* bounds)
    {
        double squared = 0;
        float largest = 0;
        foreach (float element in query)
        {
            squared += (double)element * element;
            largest = MathF.Max(largest, MathF.Abs(element));
        }

        double norm = RoundedNorm.AboveDouble(squared);
        double needed = largest / (double)CodeMax;
        if (!(norm <= TileCoder.NormMax && needed >= TileCoder.ScaleMin))
        {
            return false;
        }

        float scale = RoundedNorm.Ceiling(needed);
        double codeSquared = 0;
        double lost = 0;
        for (int d = 0; d < query.Length; d++)
        {
            int code = (int)Math.Clamp(Math.Round(query[d] / (double)scale), -CodeMax, CodeMax);
            codes[d] = (sbyte)code;
            codeSquared += code * code;
            double off = query[d] - ((double)scale * code);
            lost += off * off;
        }

        // The served score is itself a double sum, off by 2D·2^−53 of ‖q‖‖x‖ at most: it joins the query's own loss.
        double lostNorm = RoundedNorm.AboveDouble(lost) + (query.Length * norm / (1L << 52));
        bounds[0] = scale;
        bounds[1] = RoundedNorm.Above(codeSquared);
        bounds[2] = RoundedNorm.Ceiling(lostNorm / scale * (1 + 1e-12));
        return true;
    }
}
#endif
