namespace Ebb.Kernels.Drift;

public enum DriftDistance : byte
{
    /// <summary>1 − cos(a, b), 0 to 2.</summary>
    Cosine = 0,

    /// <summary>‖a − b‖₂.</summary>
    Euclidean = 1,

    /// <summary>√(Σ a_d Δ_d²), a ≥ 0, Σa = 1.</summary>
    Attention = 2,

    /// <summary>Σ a_d Δ_d².</summary>
    AttentionSquared = 3,
}

/// <summary>
/// Which distance, over directions (each vector normalised first) unless Raw, with the attention weights it needs.
/// </summary>
public sealed record DriftMeasure(DriftDistance Distance, bool Raw = false, ReadOnlyMemory<float> Attention = default);
