using Ebb.Kernels.Drift;

namespace Ebb.Kernels.Decay;

/// <summary>What a pass adds up over the dimensions.</summary>
internal struct PassSums
{
    /// <summary>Of the query and the reference, where the mode compares.</summary>
    public CosineSums Cosine;

    /// <summary>The largest |element| of the query.</summary>
    public float Magnitude;
}
