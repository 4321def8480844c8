using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
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

    public AnsweredItem Explain(ListJob job, AnsweredItem item, int row, CatalogueLease lease)
    {
        if (job.Path == ListPath.Popular)
        {
            return item;
        }

        EngineRequest request = job.Request;
        int first = request.Terms.Count;
        double explained = 0;
        for (int index = 0; index < job.RecentCount; index++)
        {
            RecentEvent recent = job.Recent[index];
            int eventRow = (int)recent.ItemIndex;
            if (lease.Version(eventRow) != recent.ItemVersion)
            {
                continue;
            }

            double amount = Amount(job, recent, lease.Vector(row), lease.Vector(eventRow));
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
            OlderTerms = (float)(item.Score - explained),
        };
    }

    private double Amount(ListJob job, RecentEvent recent, ReadOnlySpan<float> item, ReadOnlySpan<float> eventItem)
    {
        double ageMs = job.ElapsedMs + (job.LastEventMs - recent.TimeMs);
        if (bank.DimensionRates.Length == 0)
        {
            double dot = 0;
            for (int d = 0; d < item.Length; d++)
            {
                dot += (double)item[d] * eventItem[d];
            }

            return recent.Weight * dot * CurveAt(job, ageMs, 1);
        }

        double sum = 0;
        for (int d = 0; d < item.Length; d++)
        {
            sum += (double)item[d] * eventItem[d] * CurveAt(job, ageMs, bank.DimensionRates[d]);
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
}
