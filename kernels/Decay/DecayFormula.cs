using System.Runtime.Intrinsics;

namespace Ebb.Kernels.Decay;

/// <summary>sum · factor. The weight and the item are not looked at.</summary>
internal readonly struct DecayFormula : IBankVectorFormula
{
    public static float Apply(float sum, float factor, float weight, float item) => sum * factor;

    public static Vector128<float> Apply(
        Vector128<float> sum, Vector128<float> factor, Vector128<float> weight, Vector128<float> item) => sum * factor;

    public static Vector256<float> Apply(
        Vector256<float> sum, Vector256<float> factor, Vector256<float> weight, Vector256<float> item) => sum * factor;

    public static Vector512<float> Apply(
        Vector512<float> sum, Vector512<float> factor, Vector512<float> weight, Vector512<float> item) => sum * factor;
}
