using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Store;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Drift;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Ranking;

/// <summary>
/// Lists whose user goes along with the scan, for a backend on a device: the record's copy is handed over instead of
/// the query, and decay, blend, drift, the decision to keep and top-K are one sequence there. What is stored was folded
/// before, by the CPU. Not for lists that blend sources, have θ, weigh dimensions, or project or measure true lengths
/// for drift: those need the query before the scan. Runs where <see cref="ListPlanner"/> and
/// <see cref="ScanStage"/> do.
/// </summary>
internal static class RecordScans
{
    /// <summary>Hands the record over; false: plan it here.</summary>
    public static bool TryTake(
        IKernelBackend backend, ListJob job, UserRecord record, long nowMs, CatalogueLease catalogue)
    {
        if (!Serves(job) || IsUntouched(job, record) || !backend.TakesUsers(catalogue.Items))
        {
            return false;
        }

        ListPlanner.CopyRecent(job, record, nowMs, catalogue);
        TopKUser user = job.User ??= new TopKUser();
        user.Shape = job.Schema.Bank;
        if (user.Bank.Length != user.Shape.BankLength)
        {
            user.Bank = new float[user.Shape.BankLength];
        }

        record.Bank.CopyTo(user.Bank);
        user.ElapsedMs = job.ElapsedMs;
        user.Coefficients = job.Policy.Coefficients;
        user.Measure = job.Policy.Drift;
        if (job.Kept is { } kept && ReferenceEquals(kept.Policy, job.Policy))
        {
            user.Reference = kept.Reference.ToArray();
            user.KeepBelow = ListPlanner.CandidatesStand(job, kept, catalogue)
                ? job.Policy.Policy.KeepBelow
                : double.NegativeInfinity;
        }
        else
        {
            job.Kept = null;
            user.Reference = [];
            user.KeepBelow = double.NegativeInfinity;
        }

        job.Path = ListPath.Scan;
        job.Decision = ListDecision.Refresh;
        job.Drift = double.NaN;
        job.Shift = 0;
        job.Log2Scale = 0;
        ListPlanner.PrepareScan(job);
        job.Scan.User = user;
        return true;
    }

    /// <summary>
    /// Before the scan: a list that is not to be scanned after all, or that blends since rules have come, is read here.
    /// </summary>
    public static void ReadHere(IKernelBackend backend, ListJob job)
    {
        TopKUser user = job.Scan.User!;
        user.Exponent = backend.Blend(
            user.Shape, user.Bank, new Kernels.Decay.BlendAt(user.ElapsedMs, user.Coefficients), job.Query);
        user.Drift = user.Reference.Length == 0
            ? double.NaN
            : backend.Drift(user.Measure, job.Query, user.Reference);
        user.IsKept = user.Drift < user.KeepBelow;
        (ListPath path, ListDecision decision) = (job.Path, job.Decision);
        Settle(job);
        if (path != ListPath.Scan && job.Path == ListPath.Scan)
        {
            // Left out under load: the kept candidates answer.
            (job.Path, job.Decision) = (path, decision);
        }
    }

    /// <summary>After the scan: the decision, by what was read on the way.</summary>
    public static void Settle(ListJob job)
    {
        TopKUser user = job.Scan.User!;
        job.Scan.User = null;
        job.CameAlong = true;
        job.Log2Scale = user.Exponent;
        if (!ListPlanner.HasInterest(job))
        {
            (job.Path, job.Decision) = (ListPath.Popular, ListDecision.Popular);
            return;
        }

        if (job.Kept is null)
        {
            job.Decision = ListDecision.New;
            return;
        }

        ServingPolicy policy = job.Policy.Policy;
        job.Drift = user.Drift;
        job.Shift = ListPlanner.ShiftOf(job.Drift, policy);
        (job.Path, job.Decision) = user.IsKept
            ? (ListPath.KeptCandidates, ListDecision.Keep)
            : (ListPath.Scan, job.Drift >= policy.ShiftFrom ? ListDecision.Diversify : ListDecision.Refresh);
    }

    private static bool Serves(ListJob job)
    {
        PolicyInForce policy = job.Policy;
        return !job.Blends && policy.Attention.Length == 0 && policy.Policy.ScoreMin is null
            && policy.Policy.Projection is null
            && (!policy.Policy.Drift.Raw || policy.Policy.Drift.Distance == DriftDistance.Cosine);
    }

    /// <summary>
    /// Nothing has happened since the kept list: it is nearly always kept, and that costs nothing here.
    /// </summary>
    private static bool IsUntouched(ListJob job, UserRecord record) =>
        job.Kept is { } kept && kept.UserSequence == record.Sequence;
}
