using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Sources;
using Ebb.Engine.Store;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Ranking;

/// <summary>
/// Splits a score into what each remembered event adds:
/// term_e = Σ_d x_d·p_d(e)·w_e·Σ_m c_m·2^(−age/(h_m·ρ_d) − E). What remains comes from events that are older than the
/// last L, or whose item has another vector by now.
/// </summary>
internal sealed class Explainer(BankShape bank)
{
    private static readonly Comparer<AnsweredTerm> LargestFirst =
        Comparer<AnsweredTerm>.Create((a, b) => Math.Abs(b.Amount).CompareTo(Math.Abs(a.Amount)));

    private readonly double[] _centred = new double[bank.Dimension];

    public AnsweredItem Explain(ListJob job, AnsweredItem item, int row, CatalogueLease lease)
    {
        EngineRequest request = job.Request;
        int firstSource = request.Sources.Count;
        if (job.Path == ListPath.Popular)
        {
            request.Sources.Add(new AnsweredSource(SourceKind.Popularity, item.Score));
            return item with { FirstSource = firstSource, SourceCount = 1 };
        }

        VectorShare share = ShareOfVector(job, item, row, lease);
        int first = request.Terms.Count;
        double explained = 0;
        for (int index = 0; index < job.RecentCount && !request.SourcesAlone; index++)
        {
            RecentEvent recent = job.Recent[index];
            int eventRow = (int)recent.ItemIndex;
            if (lease.Version(eventRow) != recent.ItemVersion)
            {
                continue;
            }

            double amount = share.Factor * Amount(job, recent, lease.Vector(eventRow));
            explained += amount;
            request.Terms.Add(new AnsweredTerm(
                request.Store(lease.Id(eventRow)), recent.Type, recent.TimeMs, (float)amount));
        }

        request.Terms.Sort(
            first, request.Terms.Count - first,
            LargestFirst);
        return item with
        {
            FirstTerm = first,
            TermCount = request.Terms.Count - first,
            OlderTerms = (float)(share.Amount - explained),
            FirstSource = firstSource,
            SourceCount = request.Sources.Count - firstSource,
        };
    }

    /// <summary>
    /// Names the sources, and readies the item's vector: dot − mean = v·(x − m), so each event's share of the
    /// standardised vector source is that of the centred item.
    /// </summary>
    private VectorShare ShareOfVector(ListJob job, AnsweredItem item, int row, CatalogueLease lease)
    {
        ReadOnlySpan<float> vector = lease.Vector(row);
        ListBlend? blend = job.Policy.Blends ? job.Blend : null;
        double dot = 0;
        for (int d = 0; d < vector.Length; d++)
        {
            dot += (double)vector[d] * job.Query[d];
            _centred[d] = vector[d] - (blend is null ? 0 : blend.Moments.Mean[d]);
        }

        if (blend is null)
        {
            job.Request.Sources.Add(new AnsweredSource(SourceKind.Vector, item.Score));
            return new VectorShare(1, item.Score);
        }

        double amount = blend.Vector.Amount((float)dot);
        blend.AddSources(row, amount, job.Request.Sources);
        return new VectorShare(blend.Vector.Factor, amount);
    }

    private double Amount(ListJob job, RecentEvent recent, ReadOnlySpan<float> eventItem)
    {
        double ageMs = job.ElapsedMs + (job.LastEventMs - recent.TimeMs);
        if (bank.DimensionRates.Length == 0)
        {
            double dot = 0;
            for (int d = 0; d < eventItem.Length; d++)
            {
                dot += _centred[d] * eventItem[d];
            }

            return recent.Weight * dot * CurveAt(job, ageMs, 1);
        }

        double sum = 0;
        for (int d = 0; d < eventItem.Length; d++)
        {
            sum += _centred[d] * eventItem[d] * CurveAt(job, ageMs, bank.DimensionRates[d]);
        }

        return recent.Weight * sum;
    }

    private double CurveAt(ListJob job, double ageMs, double rate)
    {
        double curve = 0;
        for (int m = 0; m < bank.HalfLifeCount; m++)
        {
            curve += job.Policy.Coefficients[m]
                * Math.Pow(2, -(ageMs / (bank.HalfLivesMs[m] * rate)) - job.Log2Scale);
        }

        return curve;
    }

    /// <summary>The vector source of an item, and what a unit of dot product adds to it.</summary>
    private readonly record struct VectorShare(double Factor, double Amount);
}
