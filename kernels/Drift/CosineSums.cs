namespace Ebb.Kernels.Drift;

/// <summary>The three sums of a cosine, in double: a·b, a·a, b·b.</summary>
internal struct CosineSums
{
    public double Dot;

    public double CurrentSquared;

    public double ReferenceSquared;
}
