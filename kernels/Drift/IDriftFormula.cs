using System.Runtime.Intrinsics;

namespace Ebb.Kernels.Drift;

/// <summary>One dimension's term of a distance, in double; both elements come scaled already.</summary>
internal interface IDriftFormula
{
    public static abstract double Apply(double current, double reference, double weight);
}

/// <summary>The same on registers; GPU kernels see only <see cref="IDriftFormula"/>.</summary>
internal interface IDriftVectorFormula : IDriftFormula
{
    public static abstract Vector128<double> Apply(
        Vector128<double> current, Vector128<double> reference, Vector128<double> weight);

    public static abstract Vector256<double> Apply(
        Vector256<double> current, Vector256<double> reference, Vector256<double> weight);

    public static abstract Vector512<double> Apply(
        Vector512<double> current, Vector512<double> reference, Vector512<double> weight);
}
