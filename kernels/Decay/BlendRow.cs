namespace Ebb.Kernels.Decay;

/// <summary>One half-life's part of a blend: total ← total + (Scale·s).</summary>
internal struct BlendRow
{
    /// <summary>c_m·2^(e_m − E).</summary>
    public double Scale;

    /// <summary>Where the row starts among the bank's floats: m·D.</summary>
    public int Offset;
}
