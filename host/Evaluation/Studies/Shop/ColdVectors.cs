using Ebb.Engine.Graph;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Shop;

/// <summary>
/// Vectors of a graph for the items with fewer than five training events, the given ones for all others. Pure.
/// </summary>
internal static class ColdVectors
{
    /// <param name="split">Says who is cold.</param>
    /// <param name="given">By catalogue index.</param>
    /// <param name="graph">Propagated; its lengths are the agreement of the neighbours.</param>
    /// <param name="form">
    /// How much of the direction that all items share is taken out; the power of the agreement that is the length;
    /// and what that is multiplied with.
    /// </param>
    public static float[][] Make(
        EvaluationSplit split, float[][] given, VectorGraph graph, (double Centre, double Shrink, double Scale) form)
    {
        double[] mean = MeanVector(split, given);
        float[][] vectors = [.. given];
        for (int item = 0; item < given.Length; item++)
        {
            if (!ColdSlices.IsCold(split, item))
            {
                continue;
            }

            // The graph was built with the exponent 1: the length is the agreement.
            float[] flown = graph.Vector(GraphNode.Item(split.Catalogue.Ids[item]));
            vectors[item] = flown.Length == 0 ? new float[mean.Length] : Formed(flown, mean, form);
        }

        return vectors;
    }

    private static float[] Formed(float[] flown, double[] mean, (double Centre, double Shrink, double Scale) form)
    {
        double agreement = Math.Sqrt(flown.Sum(x => (double)x * x));
        double[] unit = Array.ConvertAll(flown, x => x / Math.Max(agreement, 1e-12));
        double common = PlainInterest.Dot(unit, Array.ConvertAll(mean, x => (float)x));
        for (int d = 0; d < unit.Length; d++)
        {
            unit[d] -= form.Centre * common * mean[d];
        }

        double norm = Math.Sqrt(unit.Sum(x => x * x));
        double length = form.Scale * Math.Pow(agreement, form.Shrink) / Math.Max(norm, 1e-12);
        return Array.ConvertAll(unit, x => (float)(x * length));
    }

    /// <summary>The unit vector along the sum of the items that are not cold: what a serving graph knows too.</summary>
    private static double[] MeanVector(EvaluationSplit split, float[][] given)
    {
        double[] sum = new double[given[0].Length];
        for (int item = 0; item < given.Length; item++)
        {
            PlainInterest.Add(sum, given[item], ColdSlices.IsCold(split, item) ? 0 : 1);
        }

        double norm = Math.Sqrt(sum.Sum(x => x * x));
        return norm > 0 ? Array.ConvertAll(sum, x => x / norm) : sum;
    }
}
