using Ebb.Kernels.Backends;
using Ebb.Kernels.Drift;

namespace Ebb.Engine.Ranking.Drifting;

/// <summary>An interest vector without its decay: the true one is Vector·2^Log2Scale.</summary>
internal readonly ref struct ScaledInterest(ReadOnlySpan<float> vector, double log2Scale)
{
    public readonly ReadOnlySpan<float> Vector = vector;
    public readonly double Log2Scale = log2Scale;
}

/// <summary>
/// δ by a policy: both vectors projected where it says so, then the distance. A raw distance is that of the true
/// vectors: the weaker one is brought to the scale of the stronger, and the result back. Scratch is reused; one thread.
/// </summary>
internal sealed class DriftMeter(IKernelBackend backend)
{
    private float[] _current = [];
    private float[] _reference = [];

    public double Measure(PolicyInForce policy, scoped ScaledInterest current, scoped ScaledInterest reference) =>
        Measure(policy, policy.Drift, current, reference);

    public double Measure(
        PolicyInForce policy, DriftMeasure measure, scoped ScaledInterest current, scoped ScaledInterest reference)
    {
        bool isRaw = measure.Raw && measure.Distance != DriftDistance.Cosine;
        if (policy.Projection is not { } projection)
        {
            return isRaw
                ? Raw(measure, current, reference, current.Vector.Length)
                : backend.Drift(measure, current.Vector, reference.Vector);
        }

        EnsureScratch(current.Vector.Length);
        projection.Apply(current.Vector, _current);
        projection.Apply(reference.Vector, _reference);
        int count = projection.RowCount;
        return isRaw
            ? Raw(
                measure, new ScaledInterest(_current.AsSpan(0, count), current.Log2Scale),
                new ScaledInterest(_reference.AsSpan(0, count), reference.Log2Scale), count)
            : backend.Drift(measure, _current.AsSpan(0, count), _reference.AsSpan(0, count));
    }

    private double Raw(
        DriftMeasure measure, scoped ScaledInterest current, scoped ScaledInterest reference, int count)
    {
        EnsureScratch(count);
        double common = Math.Max(current.Log2Scale, reference.Log2Scale);
        Scale(current.Vector, current.Log2Scale - common, _current);
        Scale(reference.Vector, reference.Log2Scale - common, _reference);
        double distance = backend.Drift(measure, _current.AsSpan(0, count), _reference.AsSpan(0, count));
        return distance * Math.Pow(2, measure.Distance == DriftDistance.AttentionSquared ? 2 * common : common);
    }

    private static void Scale(ReadOnlySpan<float> vector, double log2, Span<float> scaled)
    {
        double factor = Math.Pow(2, log2);
        for (int d = 0; d < vector.Length; d++)
        {
            scaled[d] = (float)(vector[d] * factor);
        }
    }

    private void EnsureScratch(int count)
    {
        if (_current.Length < count)
        {
            Array.Resize(ref _current, count);
            Array.Resize(ref _reference, count);
        }
    }
}
