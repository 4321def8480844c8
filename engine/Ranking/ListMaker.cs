using System.Runtime.InteropServices;
using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Encoders;
using Ebb.Engine.Graph.Live;
using Ebb.Engine.Merchandising;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Ranking;

/// <summary>
/// Turns a planned (and, where the plan says so, scanned) job into the answer and into the list to keep. Needs a lease
/// of the catalogue and nothing of the user beyond the job. Scratch is reused; one thread at a time.
/// </summary>
internal sealed class ListMaker(
    IKernelBackend backend, PopularItems popular, NewItems newItems, Explainer explainer,
    Func<IReRanker?> reRanker)
{
    private readonly ReRankStage _reRank = new(reRanker);
    private readonly ExploreStage _explore = new(backend, newItems);
    private readonly PinStage _pins = new(backend);
    private readonly Diversifier _diversifier = new(backend);
    private readonly List<ScoredItem> _shown = [];
    private readonly HashSet<int> _shownBefore = [];
    private ScoredItem[] _candidates = [];
    private int[] _rows = [];
    private float[] _scores = [];
    private KindStage? _kinds;

    /// <summary>Told of every list, with what is shown, before it is answered; must not keep either.</summary>
    public Action<ListJob, List<ScoredItem>>? Made { get; init; }

    public void Finish(ListJob job, CatalogueLease lease)
    {
        EngineRequest request = job.Request;
        bool exact = job.Path switch
        {
            ListPath.KeptWhole => ShowKept(job, job.Kept!),
            ListPath.KeptCandidates when job.Blends => ShowMerged(job, lease.Items),
            ListPath.KeptCandidates => ScoreKept(job, lease),
            ListPath.Scan => ShowScanned(job, lease),
            _ => ShowPopular(job, lease),
        };
        if (job.Path != ListPath.KeptWhole)
        {
            exact &= !_explore.Apply(job, lease, _shown);
            exact &= !_pins.Apply(job, lease, _shown);
        }

        request.Decision = job.Decision;
        request.Exact = exact;
        request.Drift = job.Drift;
        request.Encoding = job.Encoding?.Use ?? EncodingUse.None;
        request.Log2Scale = job.Blends ? 0 : job.Log2Scale;
        request.Generation = lease.Generation;
        Made?.Invoke(job, _shown);
        Answer(job, lease);
        (_kinds ??= new KindStage(job.Query.Length)).Answer(job, _shown, lease);
        job.Made = ToKeep(job, lease.Generation, exact);
    }

    private bool ShowKept(ListJob job, ServedList kept)
    {
        _shown.Clear();
        _shown.AddRange(kept.Shown[..Math.Min(job.Request.Count, kept.Shown.Length)]);
        return kept.ShownExact;
    }

    private bool ScoreKept(ListJob job, CatalogueLease lease)
    {
        ReadOnlySpan<int> kept = job.Kept!.Candidates;
        ItemBitmap excluded = lease.Excluded(job.Request.Filter);
        EnsureScratch(kept.Length);
        int count = 0;
        foreach (int row in kept)
        {
            if (!excluded[row] && !job.Hides(row))
            {
                _rows[count++] = row;
            }
        }

        backend.Score(lease.Items, job.Query, _rows.AsSpan(0, count), _scores.AsSpan(0, count));
        float least = ListPlanner.LeastScore(job.Policy.Policy.ScoreMin, job.Log2Scale);
        int candidateCount = 0;
        for (int index = 0; index < count; index++)
        {
            if (_scores[index] >= least)
            {
                _candidates[candidateCount++] = new ScoredItem(_rows[index], _scores[index]);
            }
        }

        Span<ScoredItem> candidates = _candidates.AsSpan(0, candidateCount);
        candidates.Sort(RankOrder.Compare);
        _reRank.Apply(job, lease.Items, candidates);
        Show(candidates, job.Request.Count);
        return false;
    }

    /// <summary>The blender brought the kept candidates as if they came from a scan.</summary>
    private bool ShowMerged(ListJob job, ItemMatrix items)
    {
        int candidateCount = DropSeen(job);
        Span<ScoredItem> candidates = _candidates.AsSpan(0, candidateCount);
        _reRank.Apply(job, items, candidates);
        Show(candidates, job.Request.Count);
        return false;
    }

    private bool ShowScanned(ListJob job, CatalogueLease lease)
    {
        int candidateCount = DropSeen(job);
        Span<ScoredItem> candidates = _candidates.AsSpan(0, candidateCount);
        ServingPolicy policy = job.Policy.Policy;
        int wanted = job.Request.Count;
        switch (job.Decision)
        {
            case ListDecision.Diversify when policy.DiversityLambda < 1 || policy.CategoryCap > 0:
                ReadOnlySpan<float> query = job.Blends ? [] : job.Query;
                int chosen = _diversifier.Choose(lease, query, candidates, wanted, policy);
                _reRank.Apply(job, lease.Items, candidates[..chosen]);
                Show(candidates[..chosen], wanted);
                return false;
            case var _ when _reRank.Apply(job, lease.Items, candidates):
                Show(candidates, wanted);
                return false;
            case ListDecision.Refresh when job.Kept is { } kept:
                return KeepWhoEarnedIt(candidates, kept, wanted, policy.RefreshTolerance);
            default:
                Show(candidates, wanted);
                return true;
        }
    }

    /// <summary>
    /// A shown item stays in place of a newcomer while its score is at least the newcomer's less the tolerance: the
    /// strongest leaver against the weakest newcomer, until one pair does not hold.
    /// </summary>
    private bool KeepWhoEarnedIt(Span<ScoredItem> candidates, ServedList kept, int wanted, double tolerance)
    {
        int cut = Math.Min(wanted, candidates.Length);
        _shownBefore.Clear();
        foreach (ScoredItem item in kept.Shown)
        {
            _shownBefore.Add(item.Index);
        }

        int newcomer = cut - 1;
        bool exact = true;
        for (int leaver = cut; tolerance > 0 && leaver < candidates.Length; leaver++)
        {
            if (!_shownBefore.Contains(candidates[leaver].Index))
            {
                continue;
            }

            while (newcomer >= 0 && _shownBefore.Contains(candidates[newcomer].Index))
            {
                newcomer--;
            }

            if (newcomer < 0 || candidates[leaver].Score
                < candidates[newcomer].Score - (tolerance * Math.Abs(candidates[newcomer].Score)))
            {
                break;
            }

            (candidates[newcomer], candidates[leaver]) = (candidates[leaver], candidates[newcomer]);
            exact = false;
            newcomer--;
        }

        candidates[..cut].Sort(RankOrder.Compare);
        Show(candidates, wanted);
        return exact;
    }

    private bool ShowPopular(ListJob job, CatalogueLease lease)
    {
        _shown.Clear();
        popular.Fill(_shown, job, lease);
        return false;
    }

    private int DropSeen(ListJob job)
    {
        EnsureScratch(job.Scan.Count);
        int count = 0;
        foreach (ScoredItem item in job.Scan.Results.AsSpan(0, job.Scan.Count))
        {
            if (!job.Hides(item.Index))
            {
                _candidates[count++] = item;
            }
        }

        return count;
    }

    private void Show(ReadOnlySpan<ScoredItem> candidates, int count)
    {
        _shown.Clear();
        _shown.AddRange(candidates[..Math.Min(count, candidates.Length)]);
    }

    private void Answer(ListJob job, CatalogueLease lease)
    {
        EngineRequest request = job.Request;
        foreach (ScoredItem shown in _shown)
        {
            ArenaSlice id = request.Store(lease.Id(shown.Index));
            var answered = new AnsweredItem(id, shown.Score) { Probability = ProbabilityOf(job, shown.Score) };
            request.Items.Add(request.Explain ? explainer.Explain(job, answered, shown.Index, lease) : answered);
        }
    }

    private static float ProbabilityOf(ListJob job, float score)
    {
        if (job.Policy.Policy.Calibration is not { } calibration || job.Path == ListPath.Popular)
        {
            return float.NaN;
        }

        double final = job.Blends ? score : score * Math.Pow(2, job.Log2Scale);
        return (float)calibration.ProbabilityOf(final);
    }

    private ServedList? ToKeep(ListJob job, ulong generation, bool exact)
    {
        if (job.Path is ListPath.KeptWhole or ListPath.Popular)
        {
            return null;
        }

        ServedList list = job.Blank!;
        job.Blank = null;
        list.Key = job.Key;
        list.SetUser(job.Request.UserBytes);
        list.Policy = job.Policy;
        list.SetShown(CollectionsMarshal.AsSpan(_shown));
        list.ShownExact = exact;
        list.UserSequence = job.UserSequence;
        list.Generation = generation;
        list.ElapsedMs = job.ElapsedMs;
        list.PhaseMark = job.Phases.Mark;
        if (job.Path == ListPath.Scan)
        {
            list.SetReference(job.Interest);
            list.ReferenceLog2Scale = job.Log2Scale;
            list.AskedCount = job.Request.Count;
            list.ScanGeneration = generation;
            TakeRows(job.Scan, list);
        }
        else
        {
            list.SetReference(job.Kept!.Reference);
            list.ReferenceLog2Scale = job.Kept.ReferenceLog2Scale;
            list.AskedCount = job.Kept.AskedCount;
            list.ScanGeneration = job.Kept.ScanGeneration;
            job.Kept.Candidates.CopyTo(list.SetCandidateCount(job.Kept.Candidates.Length));
        }

        return list;
    }

    private static void TakeRows(TopKRequest scan, ServedList list)
    {
        Span<int> rows = list.SetCandidateCount(scan.Count);
        for (int index = 0; index < rows.Length; index++)
        {
            rows[index] = scan.Results[index].Index;
        }
    }

    private void EnsureScratch(int count)
    {
        if (_rows.Length < count)
        {
            _rows = new int[count];
            _scores = new float[count];
            _candidates = new ScoredItem[count];
        }
    }
}
