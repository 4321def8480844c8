namespace Ebb.Kernels.Decay;

/// <summary>
/// A moment to read a bank at: time since the bank's own last event, and the curve coefficients c_m (M of them).
/// </summary>
public readonly record struct BlendAt(double ElapsedMs, ReadOnlyMemory<double> Coefficients);
