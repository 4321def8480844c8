using System.Runtime.Intrinsics;

namespace Ebb.Kernels.Drift;

/// <summary>current · reference: what norms and dot products add up. The weight is not looked at.</summary>
internal readonly struct ProductFormula : IDriftVectorFormula
{
    public static double Apply(double current, double reference, double weight) =>
        current * reference;

    public static Vector128<double> Apply(
        Vector128<double> current, Vector128<double> reference, Vector128<double> weight) =>
        current * reference;

    public static Vector256<double> Apply(
        Vector256<double> current, Vector256<double> reference, Vector256<double> weight) =>
        current * reference;

    public static Vector512<double> Apply(
        Vector512<double> current, Vector512<double> reference, Vector512<double> weight) =>
        current * reference;
}
