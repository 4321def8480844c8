using System.Runtime.Intrinsics;

namespace Ebb.Kernels.Decay;

/// <summary>Arithmetic on one element of a bank, the same for the remainder loop and for a GPU thread.</summary>
internal interface IBankFormula
{
    /// <summary>Every × and + rounds to fp32 by itself: an implementation must not fuse them.</summary>
    public static abstract float Apply(float sum, float factor, float weight, float item);
}

/// <summary>The same on registers. Apart from <see cref="IBankFormula"/> because no GPU kernel may see it.</summary>
internal interface IBankVectorFormula : IBankFormula
{
    public static abstract Vector128<float> Apply(
        Vector128<float> sum, Vector128<float> factor, Vector128<float> weight, Vector128<float> item);

    public static abstract Vector256<float> Apply(
        Vector256<float> sum, Vector256<float> factor, Vector256<float> weight, Vector256<float> item);

    public static abstract Vector512<float> Apply(
        Vector512<float> sum, Vector512<float> factor, Vector512<float> weight, Vector512<float> item);
}
