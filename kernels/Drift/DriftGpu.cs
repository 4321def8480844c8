#if EBB_ILGPU
using Ebb.Kernels.Gpu;
using ILGPU;

namespace Ebb.Kernels.Drift;

/// <summary>
/// Distances, a warp a pair of vectors, sums in double whose order is the warp's: <see cref="DriftCpu"/>'s numbers to a
/// tolerance. A lane reads the dimensions lane, lane + 32, …, the ones it wrote when the current vector was blended.
/// </summary>
internal static class DriftGpu
{
    /// <param name="current">Current vectors, and where this one starts.</param>
    /// <param name="reference">Reference vectors, and where this one starts.</param>
    /// <param name="measure">Which distance (<see cref="DriftDistance"/>), raw or not, attention's address.</param>
    /// <param name="dimension">D.</param>
    public static double Drift(
        (ArrayView<float> Vectors, long Start) current, (ArrayView<float> Vectors, long Start) reference,
        GpuMeasure measure, int dimension)
    {
        double dot = 0;
        double currentSquared = 0;
        double referenceSquared = 0;
        for (int d = Warp.LaneIdx; d < dimension; d += 32)
        {
            double a = current.Vectors[current.Start + d];
            double b = reference.Vectors[reference.Start + d];
            dot += a * b;
            currentSquared += a * a;
            referenceSquared += b * b;
        }

        currentSquared = WarpGpu.Sum(currentSquared);
        referenceSquared = WarpGpu.Sum(referenceSquared);
        if (measure.Distance == (int)DriftDistance.Cosine)
        {
            return Cosine(WarpGpu.Sum(dot), currentSquared, referenceSquared);
        }

        bool isRaw = measure.IsRaw != 0;
        double currentScale = isRaw ? 1 : Inverse(currentSquared);
        double referenceScale = isRaw ? 1 : Inverse(referenceSquared);
        double total = 0;
        for (int d = Warp.LaneIdx; d < dimension; d += 32)
        {
            double a = current.Vectors[current.Start + d] * currentScale;
            double b = reference.Vectors[reference.Start + d] * referenceScale;
            double weight = measure.Attention == 0
                ? 1
                : GpuIntrinsics.LoadReadOnlyFloat(measure.Attention + (d * sizeof(float)));
            total += AttentionDriftFormula.Apply(a, b, weight);
        }

        total = WarpGpu.Sum(total);
        return measure.Distance == (int)DriftDistance.AttentionSquared ? total : Math.Sqrt(total);
    }

    private static double Inverse(double squared) => squared == 0 ? 0 : 1 / Math.Sqrt(squared);

    private static double Cosine(double dot, double currentSquared, double referenceSquared)
    {
        if (currentSquared == 0 || referenceSquared == 0)
        {
            return currentSquared == referenceSquared ? 0 : 1;
        }

        double drift = 1 - (dot / Math.Sqrt(currentSquared * referenceSquared));
        drift = drift < 0 ? 0 : drift;
        return drift > 2 ? 2 : drift;
    }
}
#endif
