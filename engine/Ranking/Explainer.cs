using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking.Why;
using Ebb.Engine.Sources;
using Ebb.Engine.Store;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Ranking;

/// <summary>
/// Splits a score into what each source, and within the vector source each remembered event adds:
/// term_e = Σ_d a_d·x_d·p_d(e)·w_e·Σ_m c_m·s_m·2^(−age/(h_m·ρ_d) − E), s the category split that it was folded with.
/// What remains comes from events that are older than the last L, or whose item has another vector by now. Scratch is
/// reused; one thread at a time.
/// </summary>
internal sealed class Explainer(int dimension)
{
    private static readonly Comparer<AnsweredTerm> LargestFirst =
        Comparer<AnsweredTerm>.Create((a, b) => Math.Abs(b.Amount).CompareTo(Math.Abs(a.Amount)));

    private readonly double[] _centred = new double[dimension];
    private readonly ScoreParts _parts = new();

    /// <summary>For a list: the parts as floats, into the request.</summary>
    public AnsweredItem Explain(ListJob job, AnsweredItem item, int row, CatalogueLease lease)
    {
        EngineRequest request = job.Request;
        int firstSource = request.Sources.Count;
        if (job.Path == ListPath.Popular)
        {
            request.Sources.Add(new AnsweredSource(SourceKind.Popularity, item.Score));
            return item with { FirstSource = firstSource, SourceCount = 1 };
        }

        ScoreParts parts = Measure(job, item.Score, row, lease);
        for (int kind = 0; kind < ScoreParts.SourceCount; kind++)
        {
            if (!double.IsNaN(parts.Sources[kind]))
            {
                request.Sources.Add(new AnsweredSource((SourceKind)kind, (float)parts.Sources[kind]));
            }
        }

        int first = request.Terms.Count;
        for (int index = 0; index < job.RecentCount && !request.SourcesAlone; index++)
        {
            if (!double.IsNaN(parts.Events[index]))
            {
                RecentEvent recent = job.Recent[index];
                request.Terms.Add(new AnsweredTerm(
                    request.Store(lease.Id((int)recent.ItemIndex)), recent.Type, recent.TimeMs,
                    (float)parts.Events[index]));
            }
        }

        request.Terms.Sort(first, request.Terms.Count - first, LargestFirst);
        return item with
        {
            FirstTerm = first,
            TermCount = request.Terms.Count - first,
            OlderTerms = (float)parts.Older,
            FirstSource = firstSource,
            SourceCount = request.Sources.Count - firstSource,
        };
    }

    /// <param name="job">Planned, and prepared by the blender where its policy blends.</param>
    /// <param name="score">The row's dot product with the query; not looked at where the policy blends.</param>
    /// <param name="row">The item.</param>
    /// <param name="lease">The generation of the job.</param>
    /// <returns>Valid until the next call.</returns>
    public ScoreParts Measure(ListJob job, double score, int row, CatalogueLease lease)
    {
        (double factor, double amount) = MeasureSources(job, score, row, lease);
        double explained = 0;
        for (int index = 0; index < job.RecentCount && !job.Request.SourcesAlone; index++)
        {
            RecentEvent recent = job.Recent[index];
            int eventRow = (int)recent.ItemIndex;
            bool isKnown = lease.Version(eventRow) == recent.ItemVersion;
            double share = isKnown ? factor * Amount(job, recent, lease.Vector(eventRow)) : double.NaN;
            _parts.Events[index] = share;
            explained += isKnown ? share : 0;
        }

        _parts.Older = amount - explained;
        return _parts;
    }

    /// <summary>
    /// The sources, and the item's vector readied: dot − mean = v·(x − m), so each event's share of the standardised
    /// vector source is that of the centred item.
    /// </summary>
    private (double Factor, double Amount) MeasureSources(ListJob job, double score, int row, CatalogueLease lease)
    {
        ReadOnlySpan<float> vector = lease.Vector(row);
        ListBlend? blend = job.Blends ? job.Blend : null;
        float[] attention = job.Policy.Attention;
        double dot = 0;
        for (int d = 0; d < vector.Length; d++)
        {
            dot += (double)vector[d] * job.Query[d];
            _centred[d] = vector[d] - (blend is null ? 0 : blend.Moments.Mean[d]);
            _centred[d] *= attention.Length == 0 ? 1 : attention[d];
        }

        _parts.Sources.AsSpan().Fill(double.NaN);
        if (blend is null)
        {
            _parts.Sources[(int)SourceKind.Vector] = score;
            return (1, score);
        }

        double amount = blend.Vector.Amount((float)dot);
        blend.Measure(row, amount, _parts.Sources);
        if (blend.Encoder.Factor > 0)
        {
            _parts.Sources[(int)SourceKind.Encoder] = blend.Encoder.Amount(Dot(vector, job.Encoding!.Vector));
        }

        return (blend.Vector.Factor, amount);
    }

    private static double Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        double dot = 0;
        for (int d = 0; d < left.Length; d++)
        {
            dot += (double)left[d] * right[d];
        }

        return dot;
    }

    private double Amount(ListJob job, RecentEvent recent, ReadOnlySpan<float> eventItem)
    {
        BankShape bank = job.Schema.Bank;
        double ageMs = job.ElapsedMs + (job.LastEventMs - recent.TimeMs);
        if (bank.DimensionRates.Length == 0)
        {
            double dot = 0;
            for (int d = 0; d < eventItem.Length; d++)
            {
                dot += _centred[d] * eventItem[d];
            }

            return recent.Weight * dot * CurveAt(job, ageMs, 1, recent);
        }

        double sum = 0;
        for (int d = 0; d < eventItem.Length; d++)
        {
            sum += _centred[d] * eventItem[d] * CurveAt(job, ageMs, bank.DimensionRates[d], recent);
        }

        return recent.Weight * sum;
    }

    private double CurveAt(ListJob job, double ageMs, double rate, in RecentEvent recent)
    {
        BankShape bank = job.Schema.Bank;
        double curve = 0;
        for (int m = 0; m < bank.HalfLifeCount; m++)
        {
            curve += job.Policy.Coefficients[m] * job.Schema.ShareOf(recent, m)
                * Math.Pow(2, -(ageMs / (bank.HalfLivesMs[m] * rate)) - job.Log2Scale);
        }

        return curve;
    }
}
