using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>
/// From a query's threshold t to the sum from which on a row of a tile may still score t:
/// <code>Σ b·c ≥ (t / Scale)·inverse − CodeNorm·error − Lost·norm</code>
/// A limit lies below that by more than float arithmetic can lose (2^−18 of each term against six roundings of 2^−24,
/// 0.01 for the last subtraction, 1 for what the cut of sums may have taken), then goes to the next integer towards
/// zero: sums are integers, so one below the limit is below the real figure on either side of zero. The lowest limit
/// excludes nothing, saturated sums included; a tile never written has no sums to trust and gets it.
/// </summary>
internal static unsafe class CodeLimits
{
    private const double Slack = 1.0 / (1 << 18);
    private const float Below = 1.01f;
    private const float Lowest = short.MinValue;
    private const float Highest = short.MaxValue;

    /// <summary>The factors of a tile's inverse, error and norm for one query.</summary>
    public static void Factors(in QueryBound bound, float threshold, float* factors)
    {
        double target = threshold / (double)bound.Scale;
        factors[0] = (float)(target - (Math.Abs(target) * Slack));
        factors[1] = (float)(bound.CodeNorm * (1 + Slack));
        factors[2] = (float)(bound.Lost * (1 + Slack));
        if (float.IsNegativeInfinity(threshold))
        {
            factors[0] = float.NegativeInfinity;
        }
    }

    // SAFETY: limits has a word a tile and room for seven more; so have the bounds (chunks hold 64 tiles or more, and
    // the arrays follow each other).
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Fill(TileBounds bounds, int tileCount, float* factors, int* limits)
    {
        Vector256<float> inverses = Vector256.Create(factors[0]);
        Vector256<float> errors = Vector256.Create(factors[1]);
        Vector256<float> norms = Vector256.Create(factors[2]);
        for (int tile = 0; tile < tileCount; tile += 8)
        {
            Vector256<float> factor = Vector256.Load(bounds.Inverse + tile);
            Vector256<float> limit = (inverses * factor)
                - (errors * Vector256.Load(bounds.Error + tile))
                - (norms * Vector256.Load(bounds.Norm + tile))
                - Vector256.Create(Below);
            Vector256<float> unwritten = Vector256.Equals(factor, Vector256<float>.Zero);
            limit = Vector256.ConditionalSelect(unwritten, Vector256.Create(Lowest), limit);
            Vector256<float> lowest = Vector256.Create(Lowest);
            limit = Vector256.ConditionalSelect(Vector256.GreaterThan(limit, lowest), limit, lowest);
            limit = Vector256.MinNative(limit, Vector256.Create(Highest));
            Vector256<int> word = Vector256.ConvertToInt32Native(limit);
            ((word << 16) | (word & Vector256.Create(0xFFFF))).Store(limits + tile);
        }
    }
}
