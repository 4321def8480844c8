using System.Runtime.CompilerServices;

namespace Ebb.Kernels.Decay;

/// <summary>
/// What <see cref="BlendTraversal"/> needs before it starts and what it could not know then. Only for banks whose
/// dimensions have one exponent a row at the reading: no rates, or no time passed.
/// </summary>
internal static class BlendPlan
{
    // BlendScale leaves totals in [2^−64, 2^65) alone; a bit narrower, because a total was rounded to fp32 before it
    // is looked at. Zeros are outside: a query of zeros may have had totals too small for fp32.
    private const float MagnitudeMin = 1f / (1L << 32) / (1L << 31);
    private const float MagnitudeMax = 1f * (1L << 32) * (1L << 32);

    public static bool Serves(BankShape shape, in BlendAt at) => at.ElapsedMs == 0 || shape.DimensionRates.IsEmpty;

    /// <summary>
    /// Fills Scale and Offset of the rows with c_m ≠ 0, in order of m, and cuts the span to them. Takes the slowest
    /// of them for the one that E comes from; <see cref="Holds"/> looks whether it was.
    /// </summary>
    [SkipLocalsInit]
    public static double FillRows(BankShape shape, in BlendAt at, ref Span<BlendRow> rows)
    {
        ReadOnlySpan<double> coefficients = at.Coefficients.Span;
        ReadOnlySpan<double> halfLivesMs = shape.HalfLivesMs;
        int slowest = Slowest(shape, coefficients);
        if (slowest < 0)
        {
            rows = [];
            return 0;
        }

        double largest = DecayExponent.Of(at.ElapsedMs, halfLivesMs[slowest], 1.0);
        Span<double> scales = stackalloc double[BankShape.HalfLifeCountMax];
        bool isOne = at.ElapsedMs == 0 || halfLivesMs.Length == 1;
        if (!isOne)
        {
            scales = scales[..halfLivesMs.Length];
            ExponentTraversal.FillScales(new ExponentTime(at.ElapsedMs, 1, halfLivesMs), 1, largest, scales);
        }

        int count = 0;
        for (int m = 0; m < coefficients.Length; m++)
        {
            if (coefficients[m] != 0)
            {
                ref BlendRow row = ref rows[count++];
                row.Scale = isOne ? coefficients[m] : coefficients[m] * scales[m];
                row.Offset = m * shape.Dimension;
            }
        }

        rows = rows[..count];
        return largest;
    }

    /// <summary>
    /// Whether a walk's query stands: the slowest row had sums (or no time passed, and E is 0 whatever it holds), and
    /// the totals fit fp32 as they are. Ask after the walk.
    /// </summary>
    public static bool Holds(
        BankShape shape, ReadOnlySpan<float> bank, in BlendAt at, in (double Largest, float Magnitude) walked)
    {
        if (!double.IsFinite(walked.Largest) || walked.Magnitude is not (>= MagnitudeMin and < MagnitudeMax))
        {
            return false;
        }

        if (at.ElapsedMs == 0)
        {
            return true;
        }

        int slowest = Slowest(shape, at.Coefficients.Span);
        return slowest < 0 || bank.Slice(slowest * shape.Dimension, shape.Dimension).ContainsAnyExcept(0f);
    }

    private static int Slowest(BankShape shape, ReadOnlySpan<double> coefficients)
    {
        int slowest = -1;
        for (int m = 0; m < coefficients.Length; m++)
        {
            if (coefficients[m] != 0 && (slowest < 0 || shape.HalfLivesMs[m] > shape.HalfLivesMs[slowest]))
            {
                slowest = m;
            }
        }

        return slowest;
    }
}
