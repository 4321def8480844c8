namespace Ebb.Engine.Interest.Curves;

/// <summary>
/// A curve as a sum over the bank, Σ c_m·2^(−a/h_m). The vector it serves lies within WorstError·Σ|w|‖p‖ of the
/// curve's own, and within the rounding of the fp32 sums, which CoefficientSum multiplies.
/// </summary>
/// <param name="Coefficients">c_m, in the order of the half-lives; free in sign.</param>
/// <param name="WorstError">Largest |fit − curve| over all ages, infinite ones included.</param>
/// <param name="WorstAgeMs">Where it is; infinity for the tail.</param>
/// <param name="CoefficientSum">Σ|c_m|: 1 for one exponential, large where half-lives lie too close.</param>
public sealed record CurveFit(
    IReadOnlyList<double> Coefficients, double WorstError, double WorstAgeMs, double CoefficientSum);
