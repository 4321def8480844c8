namespace Ebb.Kernels.Decay;

/// <summary>What a pass does to one half-life's row: s ← (s·Factor) + (Impulse·p), total ← total + (Scale·s).</summary>
internal struct PassRow
{
    /// <summary>c_m·2^(e_m − E).</summary>
    public double Scale;

    public float Factor;

    public float Impulse;

    /// <summary>Where the row starts among the bank's floats: m·D.</summary>
    public int Offset;
}
