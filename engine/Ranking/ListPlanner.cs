using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest.Lifecycle;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Engine.Store;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Ranking;

/// <summary>
/// Drift, then the decision of DESIGN.md §2. Takes the copy of the user that scoring needs. Runs on the partition's
/// writer, after the request's own events are folded.
/// </summary>
internal sealed class ListPlanner(IKernelBackend backend, BankShape bank, IKernelBackend? takesUsers = null)
{
    private readonly DriftMeter _drift = new(backend);

    /// <summary>A user without a record, or whose sums cancel to nothing: the population's favourites.</summary>
    public static void PlanPopular(ListJob job)
    {
        job.Path = ListPath.Popular;
        job.Decision = ListDecision.Popular;
        job.Drift = double.NaN;
        job.RecentCount = 0;
        job.Phases.Clear();
        job.Log2Scale = 0;
        job.ElapsedMs = 0;
        job.UserSequence = 0;
    }

    public void Plan(ListJob job, UserRecord record, long nowMs, CatalogueLease catalogue)
    {
        if (takesUsers is not null && RecordScans.TryTake(takesUsers, job, record, nowMs, catalogue))
        {
            return;
        }

        Copy(job, record, nowMs, catalogue);
        if (!HasInterest(job))
        {
            job.Path = ListPath.Popular;
            job.Decision = ListDecision.Popular;
            job.Drift = double.NaN;
            return;
        }

        Decide(job, catalogue);
        if (job.Path == ListPath.Scan)
        {
            PrepareScan(job);
        }
    }

    /// <summary>A direction, or recent events that a source reads.</summary>
    public static bool HasInterest(ListJob job) =>
        job.Query.AsSpan().ContainsAnyExcept(0f) || (job.Policy.Blends && job.RecentCount > 0);

    /// <summary>The user at a moment; one before the last event is taken for that event's.</summary>
    public void Copy(ListJob job, UserRecord record, long nowMs, CatalogueLease catalogue)
    {
        CopyRecent(job, record, nowMs, catalogue);
        job.Log2Scale = backend.Blend(
            bank, record.Bank, new BlendAt(job.ElapsedMs, job.Policy.Coefficients), job.Interest);
        job.WeighQuery();
    }

    /// <summary>The user's last events and what they say of the moment; not the interest.</summary>
    internal static void CopyRecent(ListJob job, UserRecord record, long nowMs, CatalogueLease catalogue)
    {
        job.LastEventMs = record.LastEventMs;
        job.ElapsedMs = record.EventCount == 0 ? 0 : Math.Max(0, nowMs - record.LastEventMs);
        job.UserSequence = record.Sequence;
        job.RecentCount = record.RecentCount;
        for (int index = 0; index < job.RecentCount; index++)
        {
            job.Recent[index] = record.GetRecent(index);
        }

        PhaseReader.Read(
            job.Phases, job.Recent.AsSpan(0, job.RecentCount), nowMs, job.Policy.Policy.Lifecycle, catalogue);
    }

    private void Decide(ListJob job, CatalogueLease catalogue)
    {
        ServingPolicy policy = job.Policy.Policy;
        ServedList? kept = job.Kept;
        if (kept is null || !ReferenceEquals(kept.Policy, job.Policy))
        {
            job.Kept = null;
            job.Drift = double.NaN;
            job.Shift = 0;
            (job.Path, job.Decision) = (ListPath.Scan, ListDecision.New);
            return;
        }

        job.Drift = _drift.Measure(
            job.Policy, new ScaledInterest(job.Interest, job.Log2Scale), kept.Interest);
        job.Shift = ShiftOf(job.Drift, policy);
        (job.Path, job.Decision) = job.Drift switch
        {
            _ when job.Drift >= policy.ShiftFrom => (ListPath.Scan, ListDecision.Diversify),
            _ when job.Drift < policy.KeepBelow && CandidatesStand(job, kept, catalogue) =>
                (StandsWhole(job, kept, catalogue.Generation) ? ListPath.KeptWhole : ListPath.KeptCandidates,
                    ListDecision.Keep),
            _ => (ListPath.Scan, ListDecision.Refresh),
        };
    }

    /// <summary>The kept candidates can answer for this request, however far the user has drifted.</summary>
    public static bool CandidatesStand(ListJob job, ServedList kept, CatalogueLease catalogue) =>
        job.Request.Count <= kept.AskedCount
        && kept.PhaseMark == job.Phases.Mark && kept.ScanGeneration >= catalogue.OfferGeneration
        && (!job.Policy.Policy.Migration.HasEffect || kept.UserSequence == job.UserSequence);

    /// <summary>How far δ is on the way from keeping to shifting, 0 to 1.</summary>
    internal static double ShiftOf(double drift, ServingPolicy policy) => drift >= policy.ShiftFrom
        ? 1
        : Math.Clamp((drift - policy.KeepBelow) / (policy.ShiftFrom - policy.KeepBelow), 0, 1);

    private static bool StandsWhole(ListJob job, ServedList kept, ulong generation) =>
        !job.Blends
        && kept.UserSequence == job.UserSequence
        && kept.Generation == generation
        && job.Policy.Policy.ScoreMin is null
        && job.Request.Count == kept.AskedCount
        && (!job.Policy.TimeAloneMovesRanking || kept.ElapsedMs == job.ElapsedMs);

    internal static void PrepareScan(ListJob job)
    {
        ServingPolicy policy = job.Policy.Policy;
        EngineRequest request = job.Request;
        int seenCount = request.ExcludeSeen || job.Policy.HiddenTypes != 0 ? job.RecentCount : 0;
        int wanted = Math.Max(
            Math.Max(request.Count * policy.CandidateFactor, policy.ReRankCount), request.Count + seenCount);
        TopKRequest scan = job.Scan;
        scan.K = Math.Min(wanted, TopKRequest.CountMax);
        scan.Query = job.Query;
        scan.Bias = null;
        scan.ScoreMin = LeastScore(policy.ScoreMin, job.Log2Scale);
        if (scan.Results.Length < scan.K)
        {
            scan.Results = new ScoredItem[scan.K];
        }
    }

    /// <summary>θ on the final score, carried over to the unscaled score: θ·2^−scale.</summary>
    internal static float LeastScore(double? scoreMin, double log2Scale)
    {
        if (scoreMin is not { } theta)
        {
            return float.NegativeInfinity;
        }

        double unscaled = theta * Math.Pow(2, -log2Scale);
        return double.IsNaN(unscaled) ? 0f : (float)unscaled;
    }
}
