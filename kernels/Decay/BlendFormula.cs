using System.Runtime.Intrinsics;

namespace Ebb.Kernels.Decay;

/// <summary>total + (scale · sum) in double, two roundings, never fused.</summary>
internal readonly struct BlendFormula
{
    public static double Apply(double total, double scale, float sum)
    {
        double term = scale * sum;
        return total + term;
    }

    public static Vector128<double> Apply(Vector128<double> total, Vector128<double> scale, Vector128<double> sum) =>
        total + (scale * sum);

    public static Vector256<double> Apply(Vector256<double> total, Vector256<double> scale, Vector256<double> sum) =>
        total + (scale * sum);

    public static Vector512<double> Apply(Vector512<double> total, Vector512<double> scale, Vector512<double> sum) =>
        total + (scale * sum);
}
