using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Lifecycle.Watching;
using Ebb.Engine.Ranking;
using Ebb.Engine.Store;

namespace Ebb.Engine.Batching;

/// <summary>
/// The reading half of a batch: answers what a record alone can answer, and gathers the lists to be made so that one
/// scan serves them all. Runs on the partition's writer.
/// </summary>
internal sealed class BatchReads(PartitionParts parts)
{
    private readonly List<ListJob> _lists = [];
    private readonly List<ListJob> _withoutScan = [];
    private readonly float[] _query = new float[parts.Bank.Dimension];

    /// <summary>True when the request is answered, false when its list is to be made.</summary>
    public bool Read(EngineRequest request, CatalogueLease catalogue)
    {
        int slot = request.UserSlot;
        bool known = parts.Users.IsFound(slot);
        UserRecord record = known ? new UserRecord(parts.Users.RecordBytes(slot), parts.Users.Shape) : default;
        long nowMs = request.NowMs == long.MinValue ? parts.NowMs : request.NowMs;
        switch (request.Kind)
        {
            case RequestKind.Rank:
                Rank(request, known, record, nowMs, catalogue);
                return true;
            case RequestKind.Profile:
                PolicyInForce policy = parts.Policies.For(request.UserBytes);
                ServedList? kept = parts.Served.Latest(request.UserBytes);
                request.Profile = parts.Profiles.Describe(known, record, nowMs, policy, kept, catalogue);
                request.Generation = catalogue.Generation;
                return true;
            case RequestKind.Why:
                Why(request, known, record, nowMs, catalogue);
                return true;
            case RequestKind.Subscribe:
                request.Watch!.User = request.UserBytes.ToArray();
                request.Watch.Partition = parts.Id;
                parts.Watches.Add(
                    request.Watch, new WatchedUser(parts.Users, slot, parts.NowMs), parts.Policies, catalogue);
                return true;
            case RequestKind.Drift:
                request.DriftAnswer = parts.Drifts.Read(
                    request, known ? record : default, known, nowMs, parts, catalogue);
                return true;
            case RequestKind.Portrait:
                request.Portrait = parts.Portraits.Read(
                    request, known, record, nowMs, parts.Policies.For(request.UserBytes), catalogue);
                return true;
            default:
                return !PlanList(request, known, record, nowMs, catalogue);
        }
    }

    /// <summary>
    /// Makes the lists here, or hands them to the scanner when the scan would hold up this partition.
    /// </summary>
    public void MakeLists(CatalogueLease catalogue, PartitionBatch batch, List<EngineRequest> answered)
    {
        if (_lists.Count == 0)
        {
            return;
        }

        parts.Encodings.Take(_lists, batch);
        MakeWithoutScan(catalogue, answered);
        if (_lists.Count == 0)
        {
            return;
        }

        if (parts.Scanner.TryTakeOver(_lists, catalogue.Items, batch))
        {
            _lists.Clear();
            return;
        }

        parts.Scans.Run(_lists, catalogue);
        parts.Scanner.Pressure.Answered(_lists, parts.Clock);
        foreach (ListJob job in _lists)
        {
            answered.Add(job.Request);
            KeepList(job);
        }

        _lists.Clear();
    }

    public void KeepList(ListJob job)
    {
        if (job.CameAlong)
        {
            job.CameAlong = false;
            Count(job);
        }

        job.Scan.User = null;
        if (job.Made is { } made && job.ForgetCount == parts.ForgetCount && job.Schema == parts.Schema)
        {
            parts.Served.Store(made);
        }

        if (job.Schema == parts.Schema)
        {
            parts.Encodings.Keep(job);
        }

        if (job.Held is { } held)
        {
            parts.Served.Release(held);
        }

        job.Made = null;
        job.Kept = null;
        job.Held = null;
        parts.Lists.Push(job);
    }

    public void Forget() => _lists.Clear();

    // Under load these must not wait behind the scans that they were spared.
    private void MakeWithoutScan(CatalogueLease catalogue, List<EngineRequest> answered)
    {
        _withoutScan.Clear();
        foreach (ListJob job in _lists)
        {
            if (job.Request.ScanLeftOut)
            {
                _withoutScan.Add(job);
            }
        }

        if (_withoutScan.Count == 0)
        {
            return;
        }

        _lists.RemoveAll(static job => job.Request.ScanLeftOut);
        parts.Scans.Run(_withoutScan, catalogue);
        parts.Scanner.Pressure.Answered(_withoutScan, parts.Clock);
        foreach (ListJob job in _withoutScan)
        {
            answered.Add(job.Request);
            KeepList(job);
        }
    }

    private void Why(EngineRequest request, bool known, UserRecord record, long nowMs, CatalogueLease catalogue)
    {
        ReadOnlySpan<byte> item = request.Bytes(request.Subject);
        if (!catalogue.TryFind(item, out int row))
        {
            request.Status = item.Length is >= 1 and <= OpaqueId.BytesMax
                ? EntryStatus.UnknownItem
                : EntryStatus.IdLength;
            return;
        }

        request.Generation = catalogue.Generation;
        request.Explanation = known && record.EventCount > 0
            ? parts.Whys.Read(request, record, parts.Policies.For(request.UserBytes), nowMs, row, catalogue)
            : parts.Whys.Stranger(row, catalogue);
    }

    private void Rank(EngineRequest request, bool known, UserRecord record, long nowMs, CatalogueLease catalogue)
    {
        PolicyInForce policy = parts.Policies.For(request.UserBytes);
        _query.AsSpan().Clear();
        if (known)
        {
            parts.Profiles.Interest(record, nowMs, policy, _query);
        }

        parts.Ranker.Rank(request, _query, policy.Policy, catalogue);
    }

    private bool PlanList(
        EngineRequest request, bool known, UserRecord record, long nowMs, CatalogueLease catalogue)
    {
        if (request.Count is < 1 or > RecommendQuery.CountMax)
        {
            request.Status = EntryStatus.KOutOfRange;
            return false;
        }

        if (!KindQuery.AreWithinLimits(request.Kinds))
        {
            request.Status = EntryStatus.TooManyEntries;
            return false;
        }

        if (!parts.Lists.TryPop(out ListJob? job))
        {
            job = new ListJob(parts.Bank.Dimension);
        }

        job.Request = request;
        job.ForgetCount = parts.ForgetCount;
        job.Schema = parts.Schema;
        job.Policy = parts.Policies.For(request.UserBytes);
        job.Blends = job.Policy.Blends || catalogue.HasWeights(request.Filter);
        job.Key = new ServedListKey(
            StableHash.Compute(request.UserBytes), request.Surface, request.ExcludeSeen, request.Filter);
        job.Held = parts.Served.Find(job.Key, request.UserBytes);
        job.Kept = job.Held;
        job.Blank ??= parts.Served.Rent();
        if (known)
        {
            parts.Planner.Plan(job, record, nowMs, catalogue);
            parts.Tastes.Add(job, catalogue);
            parts.Scanner.Pressure.Shed(job, catalogue);
        }
        else
        {
            ListPlanner.PlanPopular(job);
        }

        if (job.Scan.User is null)
        {
            Count(job);
        }

        _lists.Add(job);
        return true;
    }

    private void Count(ListJob job)
    {
        parts.Counters.List(job.Decision, job.Path == ListPath.Scan);
        parts.Counters.Drift.Add(job.Drift, job.Policy.Policy.DriftAlarmFrom);
    }
}
