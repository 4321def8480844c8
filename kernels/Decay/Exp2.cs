namespace Ebb.Kernels.Decay;

/// <summary>
/// 2^x in double from + − × and bit operations alone, so that stored bytes do not depend on a machine's libm.
/// Within 0.6 ulp where the result is normal; 0 below 2^−1075, +∞ from 2^1024. Pure, any thread.
/// </summary>
public static class Exp2
{
    internal const int StepsPerOctave = 16;

    // At and below: 0. From: infinity.
    internal const double ZeroUpTo = -1075;
    internal const double OverflowFrom = 1024;

    // 1.5·2^52: adding it leaves the nearest integer of a small double in its low mantissa bits.
    internal const double RoundMagic = 6755399441055744.0;

    // ln(2)^k / k!: the Taylor terms of 2^r; with |r| ≤ 1/32 the first one left out is below 2^−59.
    internal const double C1 = 0.6931471805599453;
    internal const double C2 = 0.2402265069591007;
    internal const double C3 = 0.05550410866482158;
    internal const double C4 = 0.009618129107628477;
    internal const double C5 = 0.0013333558146428443;
    internal const double C6 = 0.0001540353039338161;
    internal const double C7 = 1.5252733804059841e-05;

    /// <summary>2^(j/16) as the nearest double, in bits.</summary>
    internal static ReadOnlySpan<ulong> StepHigh =>
    [
        0x3ff0000000000000, 0x3ff0b5586cf9890f, 0x3ff172b83c7d517b, 0x3ff2387a6e756238,
        0x3ff306fe0a31b715, 0x3ff3dea64c123422, 0x3ff4bfdad5362a27, 0x3ff5ab07dd485429,
        0x3ff6a09e667f3bcd, 0x3ff7a11473eb0187, 0x3ff8ace5422aa0db, 0x3ff9c49182a3f090,
        0x3ffae89f995ad3ad, 0x3ffc199bdd85529c, 0x3ffd5818dcfba487, 0x3ffea4afa2a490da,
    ];

    /// <summary>What <see cref="StepHigh"/> leaves out, in bits.</summary>
    internal static ReadOnlySpan<ulong> StepLow =>
    [
        0x0000000000000000, 0x3c98a62e4adc610b, 0xbc819041b9d78a76, 0x3c99b07eb6c70573,
        0x3c86f46ad23182e4, 0x3c8ada0911f09ebc, 0x3c7d4397afec42e2, 0x3c96324c054647ad,
        0xbc9bdd3413b26456, 0xbc841577ee04992f, 0x3c96e9f156864b27, 0x3c7c7c46b071f2be,
        0x3c97a1cd345dcc81, 0x3c811065895048dd, 0x3c82ed02d75b3707, 0xbc9e9c23179c2893,
    ];

    public static double Of(double x)
    {
        if (!(x > ZeroUpTo))
        {
            return double.IsNaN(x) ? double.NaN : 0.0;
        }

        if (x >= OverflowFrom)
        {
            return double.PositiveInfinity;
        }

        // x = step/16 + r, both exact; step = 16·octave + j.
        double shifted = (x * StepsPerOctave) + RoundMagic;
        int step = (int)BitConverter.DoubleToInt64Bits(shifted);
        double r = x - ((shifted - RoundMagic) * (1.0 / StepsPerOctave));

        double p = C7;
        p = C6 + (r * p);
        p = C5 + (r * p);
        p = C4 + (r * p);
        p = C3 + (r * p);
        p = C2 + (r * p);
        p = C1 + (r * p);
        p = r * p;

        double high = BitConverter.UInt64BitsToDouble(StepHigh[step & 15]);
        double low = BitConverter.UInt64BitsToDouble(StepLow[step & 15]);
        double mantissa = high + (low + (high * p));

        // Two factors, because 2^octave alone may be subnormal: only the last product can round.
        int octave = step >> 4;
        int half = octave >> 1;
        return mantissa * PowerOfTwo(half) * PowerOfTwo(octave - half);
    }

    /// <summary>2^n for −1022 ≤ n ≤ 1023, exactly.</summary>
    internal static double PowerOfTwo(int n) => BitConverter.Int64BitsToDouble((long)(n + 1023) << 52);
}
