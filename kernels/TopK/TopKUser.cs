using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;

namespace Ebb.Kernels.TopK;

/// <summary>
/// A user who comes along with a request, for backends that take users (IKernelBackend.TakesUsers): the request's query
/// is then not given but made, the blend of this bank, and the scan is left out where the drift says so. Decay, blend,
/// drift and top-K are one sequence on the device. Reused by its owner; a backend touches it only during the call.
/// </summary>
public sealed class TopKUser
{
    public BankShape Shape { get; set; } = null!;

    /// <summary>Sums and masses as of the bank's own last event: read, never written.</summary>
    public float[] Bank { get; set; } = [];

    /// <summary>Since the bank's own last event.</summary>
    public double ElapsedMs { get; set; }

    /// <summary>c_m, one a half-life.</summary>
    public ReadOnlyMemory<double> Coefficients { get; set; }

    /// <summary>How drift is measured.</summary>
    public DriftMeasure Measure { get; set; } = new(DriftDistance.Cosine);

    /// <summary>D floats that drift is measured from; empty: there are none.</summary>
    public float[] Reference { get; set; } = [];

    /// <summary>Below this drift the scan is left out. −∞: never.</summary>
    public double KeepBelow { get; set; } = double.NegativeInfinity;

    /// <summary>Answer: log2 scale of the query, as Blend returns it.</summary>
    public double Exponent { get; set; }

    /// <summary>Answer: NaN without a reference.</summary>
    public double Drift { get; set; }

    /// <summary>Answer: nothing was scanned, for the drift is small or the query is zero.</summary>
    public bool IsKept { get; set; }
}
