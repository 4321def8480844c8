namespace Ebb.Kernels.Memory;

/// <summary>Norms rounded upward, so that an error bound built on them errs on the safe side.</summary>
internal static class RoundedNorm
{
    // A sum of at most 1024 squares in double is low by a factor of at most 1 − 2^−42, its root by half of that.
    public const double Slack = 1 + 1.0 / (1L << 40);

    /// <summary>At least √(Σx²), given Σx² as double arithmetic made it.</summary>
    public static double AboveDouble(double squared) => Math.Sqrt(squared) * Slack;

    /// <summary>The same in fp32; +∞ past its range.</summary>
    public static float Above(double squared) => Ceiling(AboveDouble(squared));

    /// <summary>The least float not below the value.</summary>
    public static float Ceiling(double value)
    {
        float rounded = (float)value;
        return rounded < value ? MathF.BitIncrement(rounded) : rounded;
    }

    /// <summary>The largest float not above the value.</summary>
    public static float Floor(double value)
    {
        float rounded = (float)value;
        return rounded > value ? MathF.BitDecrement(rounded) : rounded;
    }
}
