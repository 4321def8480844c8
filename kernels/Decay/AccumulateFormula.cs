using System.Runtime.Intrinsics;

namespace Ebb.Kernels.Decay;

/// <summary>
/// (sum · factor) + (weight · item), three roundings. With factor 1 the first product is exact, so this is plain
/// accumulation too, and decay followed by accumulation to the bit.
/// </summary>
internal readonly struct AccumulateFormula : IBankVectorFormula
{
    public static float Apply(float sum, float factor, float weight, float item)
    {
        float decayed = sum * factor;
        float impulse = weight * item;
        return decayed + impulse;
    }

    public static Vector128<float> Apply(
        Vector128<float> sum, Vector128<float> factor, Vector128<float> weight, Vector128<float> item) =>
        (sum * factor) + (weight * item);

    public static Vector256<float> Apply(
        Vector256<float> sum, Vector256<float> factor, Vector256<float> weight, Vector256<float> item) =>
        (sum * factor) + (weight * item);

    public static Vector512<float> Apply(
        Vector512<float> sum, Vector512<float> factor, Vector512<float> weight, Vector512<float> item) =>
        (sum * factor) + (weight * item);
}
