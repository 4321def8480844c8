using Ebb.Engine.Ranking;

namespace Ebb.Engine.Sources;

/// <summary>
/// Both dense sources in one query, so that one scan serves them: w_v·(v·p − m_v)/s_v + w_z·(z·p − m_z)/s_z =
/// q·p − q·m with q = w_v·v/s_v + w_z·z/s_z, m the mean item. This is q = α·v/‖v‖ + (1−α)·z/‖z‖ up to a factor, α such
/// that each counts by its spread over the catalogue. Pure.
/// </summary>
internal static class DenseFold
{
    /// <summary>After the blend has its moments.</summary>
    public static void Apply(ListJob job, ListBlend blend, SourcePolicy policy)
    {
        (double mean, double deviation) = blend.Moments.Of(job.Query);
        blend.Vector = SourceScale.Of(policy.VectorAt(job.Shift), mean, deviation);
        blend.Encoder = default;
        blend.Dense = blend.Vector;
        blend.DenseQuery = job.Query;
        if (job.Encoding is not { IsThere: true } encoding)
        {
            return;
        }

        (double encodedMean, double encodedDeviation) = blend.Moments.Of(encoding.Vector);
        blend.Encoder = SourceScale.Of(policy.Encoder, encodedMean, encodedDeviation);
        if (blend.Encoder.Factor == 0)
        {
            return;
        }

        for (int d = 0; d < encoding.Folded.Length; d++)
        {
            encoding.Folded[d] =
                (float)((blend.Vector.Factor * job.Query[d]) + (blend.Encoder.Factor * encoding.Vector[d]));
        }

        blend.DenseQuery = encoding.Folded;
        blend.Dense = new SourceScale
        {
            Factor = 1,
            Mean = (blend.Vector.Factor * mean) + (blend.Encoder.Factor * encodedMean),
        };
    }
}
