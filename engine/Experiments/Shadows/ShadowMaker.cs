using System.Runtime.InteropServices;
using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;
using Ebb.Engine.Store;

namespace Ebb.Engine.Experiments.Shadows;

/// <summary>
/// Makes one list at a time as another policy would: copies the user in a turn of his partition, which changes nothing
/// there, and scans and keeps lists of its own. Used by the desk's worker alone.
/// </summary>
internal sealed class ShadowMaker(EngineCore core, ScanStage scans)
{
    /// <summary>Lists kept for shadows, so that they decide to keep as often as they would if they served.</summary>
    private const int KeptCountMax = 4096;

    private readonly ListJob _job = new(core.Options.Dimension);
    private readonly EngineRequest _request = new();
    private readonly List<ListJob> _jobs = [];
    private readonly List<int> _made = [];
    private ServedLists[] _kept = NewKept(core);
    private (SchemaInForce Schema, ListPlanner Planner)? _planner;

    /// <summary>Rows of the last list, best first.</summary>
    public ReadOnlySpan<int> Made => CollectionsMarshal.AsSpan(_made);

    public ListDecision Decision => _request.Decision;

    public void DropLists() => _kept = NewKept(core);

    /// <summary>False: the user or the policies are not those that the list was served under.</summary>
    public async Task<bool> TryMakeAsync(ShadowSet set, ShadowSample sample)
    {
        PolicySplit split = set.Split;
        PolicyInForce policy = split.Policies[split.Set.IndexOf(set.All[sample.Shadow].Policy)];
        ServedLists kept = _kept[sample.Shadow];
        Ask(sample, policy, kept);
        try
        {
            var turn = new ExclusiveTurn<bool>(partition => TryPlan(partition, split, sample));
            core.Partitions[StableHash.PartitionOf(sample.User, core.Partitions.Length)].Post(turn);
            return await turn.Result.ConfigureAwait(false) && Finish(kept);
        }
        finally
        {
            if (_job.Held is { } held)
            {
                kept.Release(held);
            }

            _job.Held = null;
            _job.Kept = null;
        }
    }

    private static ServedLists[] NewKept(EngineCore core) =>
        [.. Enumerable.Range(0, Shadow.CountMax).Select(_ => new ServedLists(KeptCountMax, core.Options.Dimension))];

    private void Ask(ShadowSample sample, PolicyInForce policy, ServedLists kept)
    {
        _request.Reset();
        _request.Kind = RequestKind.Recommend;
        _request.SetUser(sample.User);
        _request.NowMs = sample.NowMs;
        _request.Count = sample.Count;
        _request.Filter = sample.Filter;
        _request.ExcludeSeen = sample.ExcludeSeen;
        _job.Request = _request;
        _job.Policy = policy;
        _job.Key = sample.Key;
        _job.Made = null;
        _job.Held = kept.Find(sample.Key, sample.User);
        _job.Kept = _job.Held;
        _job.Blank ??= kept.Rent();
    }

    // On the partition's writer.
    private bool TryPlan(Partition partition, PolicySplit split, ShadowSample sample)
    {
        PartitionParts parts = partition.Batch.Parts;
        if (!ReferenceEquals(parts.Policies, split) || parts.Rebuild is { PendingCount: > 0 })
        {
            return false;
        }

        if (!ReferenceEquals(_planner?.Schema, parts.Schema))
        {
            _planner = (parts.Schema, new ListPlanner(core.Backend, parts.Bank));
        }

        parts.Users.Clear();
        int slot = parts.Users.Add(sample.User);
        parts.Users.Load(parts.Store);
        bool isKnown = parts.Users.IsFound(slot);
        UserRecord record = isKnown ? new UserRecord(parts.Users.RecordBytes(slot), parts.Users.Shape) : default;
        bool isSame = (isKnown ? record.Sequence : 0) == sample.UserSequence;
        if (isSame)
        {
            using CatalogueLease lease = core.Catalogue.Read();
            _job.Schema = parts.Schema;
            _job.Blends = _job.Policy.Blends || lease.HasWeights(sample.Filter);
            if (isKnown)
            {
                _planner!.Value.Planner.Plan(_job, record, sample.NowMs, lease);
            }
            else
            {
                ListPlanner.PlanPopular(_job);
            }
        }

        parts.Users.Clear();
        return isSame;
    }

    private bool Finish(ServedLists kept)
    {
        using CatalogueLease lease = core.Catalogue.Read();
        _jobs.Clear();
        _jobs.Add(_job);
        scans.Run(_jobs, lease);
        _made.Clear();
        foreach (AnsweredItem item in _request.Items)
        {
            if (lease.TryFind(_request.Bytes(item.Item), out int row))
            {
                _made.Add(row);
            }
        }

        if (_job.Made is { } made)
        {
            kept.Store(made);
            _job.Made = null;
        }

        return true;
    }
}
