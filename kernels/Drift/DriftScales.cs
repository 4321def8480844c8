namespace Ebb.Kernels.Drift;

/// <summary>What the two vectors are multiplied by before they are compared: 1, or one over the norm.</summary>
internal readonly record struct DriftScales(double Current, double Reference)
{
    public static readonly DriftScales None = new(1, 1);
}
