namespace Ebb.Kernels.Decay;

/// <summary>What a <see cref="BankPass"/> read: the true vector is query·2^Log2Scale; Drift is NaN if not asked.</summary>
public readonly record struct BankReading(double Log2Scale, double Drift);
