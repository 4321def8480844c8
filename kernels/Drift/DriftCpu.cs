namespace Ebb.Kernels.Drift;

/// <summary>
/// Distances on SIMD registers. The direction of a zero vector is the zero vector, so every distance is 0 between two
/// zeros; against anything else cosine and Euclidean drift are 1, attention drift is the other direction's own
/// weighted length. Cosine drift with Raw is the same number as without. Any thread.
/// </summary>
internal static class DriftCpu
{
    public static double Drift(DriftMeasure measure, ReadOnlySpan<float> current, ReadOnlySpan<float> reference)
    {
        if (measure.Distance == DriftDistance.Cosine)
        {
            return Cosine(CosineTraversal.Run(current, reference));
        }

        DriftScales scales = measure.Raw
            ? DriftScales.None
            : new DriftScales(InverseNorm(current), InverseNorm(reference));
        if (measure.Distance == DriftDistance.Euclidean)
        {
            return Math.Sqrt(DriftTraversal.Sum<DriftFormula>(current, reference, current, scales));
        }

        ReadOnlySpan<float> attention = measure.Attention.Span;
        double squared = DriftTraversal.Sum<AttentionDriftFormula>(current, reference, attention, scales);
        return measure.Distance == DriftDistance.Attention ? Math.Sqrt(squared) : squared;
    }

    public static double Cosine(in CosineSums sums)
    {
        if (sums.CurrentSquared == 0 || sums.ReferenceSquared == 0)
        {
            return sums.CurrentSquared == sums.ReferenceSquared ? 0 : 1;
        }

        // One root of the product: equal vectors then give exactly 0. Neither end of double's range is in reach.
        double cosine = sums.Dot / Math.Sqrt(sums.CurrentSquared * sums.ReferenceSquared);
        return Math.Clamp(1 - cosine, 0, 2);
    }

    private static double InverseNorm(ReadOnlySpan<float> vector)
    {
        double squared = Dot(vector, vector);
        return squared == 0 ? 0 : 1 / Math.Sqrt(squared);
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b) =>
        DriftTraversal.Sum<ProductFormula>(a, b, a, DriftScales.None);
}
