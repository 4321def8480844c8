namespace Ebb.Kernels.Drift;

/// <summary>The specification of drift: plain loops in double, directions made explicitly.</summary>
internal static class DriftReference
{
    public static double Drift(DriftMeasure measure, ReadOnlySpan<float> current, ReadOnlySpan<float> reference)
    {
        bool isRaw = measure.Raw && measure.Distance != DriftDistance.Cosine;
        double[] a = isRaw ? Widen(current) : Direction(current);
        double[] b = isRaw ? Widen(reference) : Direction(reference);
        double total = 0;
        for (int d = 0; d < a.Length; d++)
        {
            double difference = a[d] - b[d];
            total += measure.Distance switch
            {
                DriftDistance.Cosine => a[d] * b[d],
                DriftDistance.Euclidean => difference * difference,
                _ => measure.Attention.Span[d] * difference * difference,
            };
        }

        return measure.Distance switch
        {
            DriftDistance.Cosine => IsZero(current) && IsZero(reference) ? 0 : Math.Clamp(1 - total, 0, 2),
            DriftDistance.AttentionSquared => total,
            _ => Math.Sqrt(total),
        };
    }

    private static double[] Direction(ReadOnlySpan<float> vector)
    {
        double[] direction = Widen(vector);
        double norm = Math.Sqrt(direction.Sum(x => x * x));
        return norm == 0 ? direction : Array.ConvertAll(direction, x => x / norm);
    }

    private static double[] Widen(ReadOnlySpan<float> vector) => Array.ConvertAll(vector.ToArray(), x => (double)x);

    private static bool IsZero(ReadOnlySpan<float> vector) => !vector.ContainsAnyExcept(0f);
}
