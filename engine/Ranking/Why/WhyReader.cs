using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Encoders;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Lifecycle;
using Ebb.Engine.Merchandising;
using Ebb.Engine.Sources;
using Ebb.Engine.Store;
using Ebb.Kernels.Backends;

namespace Ebb.Engine.Ranking.Why;

/// <summary>
/// WHY: the score of one item for one user as a list would have it, taken apart, now and at an earlier moment. Runs on
/// the partition's writer; allocates its answer.
/// </summary>
internal sealed class WhyReader(
    IKernelBackend backend, SchemaInForce schema, ListPlanner planner, Blender blender, PopularItems popular,
    EncodingStage encodings)
{
    private readonly Explainer _explainer = new(schema.Bank.Dimension);
    private readonly PastInterest _past = new(schema);
    private readonly ListJob _now = new(schema.Bank.Dimension);
    private readonly ListJob _then = new(schema.Bank.Dimension);
    private readonly double[] _sources = new double[ScoreParts.SourceCount];
    private readonly double[] _events = new double[MemorySchema.RecentEventCountMax];
    private readonly int[] _row = new int[1];
    private readonly float[] _score = new float[1];

    /// <summary>The answer to a user whom nothing is known of.</summary>
    public ScoreExplanation Stranger(int row, CatalogueLease lease)
    {
        double demand = popular.DemandOf(row);
        return new ScoreExplanation(IdOf(row, lease), demand, 0)
        {
            Known = false,
            Sources = [new SourceShare(SourceKind.Popularity, demand, double.NaN)],
            Rules = ShelfRulesOf(row, lease),
            ShopRules = RuleHit.AllOf(row, lease),
            Generation = lease.Generation,
        };
    }

    public ScoreExplanation Read(
        EngineRequest request, UserRecord record, PolicyInForce policy, long nowMs, int row, CatalogueLease lease)
    {
        Begin(_now, request, policy, lease);
        planner.Copy(_now, record, nowMs, lease);
        if (!ListPlanner.HasInterest(_now))
        {
            return Stranger(row, lease);
        }

        ScoreParts parts = Measure(_now, row, lease);
        double score = parts.Score;
        double older = parts.Older;
        parts.Sources.CopyTo(_sources, 0);
        parts.Events.CopyTo(_events, 0);
        ScoreRules rules = RulesOf(_now, score, row, lease);
        ScorePast? past = request.SinceMs == long.MinValue
            ? null
            : Past(request, record, policy, Math.Min(request.SinceMs, nowMs), row, lease, out parts);
        return new ScoreExplanation(IdOf(row, lease), score, ScaleOf(_now))
        {
            Known = true,
            Sources = SourcesOf(past is null ? null : parts),
            Events = EventsOf(past is { Known: true } ? parts : null, lease),
            OlderEvents = older,
            Phases = PhasesOf(_now, nowMs, row, lease),
            Rules = rules,
            ShopRules = RuleHit.AllOf(row, lease),
            Since = past,
            Generation = lease.Generation,
        };
    }

    private void Begin(ListJob job, EngineRequest request, PolicyInForce policy, CatalogueLease lease)
    {
        job.Schema = schema;
        job.Request = request;
        job.Policy = policy;
        job.Blends = policy.Blends || lease.HasWeights(request.Filter);
        job.Drift = double.NaN;
        job.Shift = 0;
        job.Path = ListPath.KeptCandidates;
    }

    private static double ScaleOf(ListJob job) => job.Blends ? 0 : job.Log2Scale;

    private static OpaqueId IdOf(int row, CatalogueLease lease) => new(lease.Id(row).ToArray());

    private ScoreParts Measure(ListJob job, int row, CatalogueLease lease)
    {
        if (job.Blends)
        {
            encodings.EncodeNow(job, lease);
            blender.Prepare(job, lease);
        }

        _row[0] = row;
        backend.Score(lease.Items, job.Query, _row, _score);
        return _explainer.Measure(job, _score[0], row, lease);
    }

    private ScorePast Past(
        EngineRequest request, UserRecord record, PolicyInForce policy, long sinceMs, int row, CatalogueLease lease,
        out ScoreParts parts)
    {
        Begin(_then, request, policy, lease);
        bool isComplete = true;
        if (sinceMs >= record.LastEventMs)
        {
            planner.Copy(_then, record, sinceMs, lease);
        }
        else
        {
            isComplete = _past.Fill(_then, record, sinceMs, lease);
        }

        parts = Measure(_then, row, lease);
        bool isKnown = ListPlanner.HasInterest(_then);
        return new ScorePast(sinceMs, isKnown ? parts.Score : 0, ScaleOf(_then))
        {
            Known = isKnown,
            IsComplete = isComplete,
            OlderEvents = isKnown ? parts.Older : 0,
        };
    }

    private SourceShare[] SourcesOf(ScoreParts? then)
    {
        var shares = new List<SourceShare>(ScoreParts.SourceCount);
        for (int kind = 0; kind < ScoreParts.SourceCount; kind++)
        {
            double before = then?.Sources[kind] ?? double.NaN;
            if (!double.IsNaN(_sources[kind]) || !double.IsNaN(before))
            {
                double amount = double.IsNaN(_sources[kind]) ? 0 : _sources[kind];
                shares.Add(new SourceShare((SourceKind)kind, amount, before));
            }
        }

        return [.. shares];
    }

    private EventShare[] EventsOf(ScoreParts? then, CatalogueLease lease)
    {
        var shares = new List<EventShare>(_now.RecentCount);
        int thenIndex = 0;
        for (int index = 0; index < _now.RecentCount; index++)
        {
            // The events of then are those of now without some, in the same order.
            RecentEvent recent = _now.Recent[index];
            bool wasThere = then is not null && thenIndex < _then.RecentCount && _then.Recent[thenIndex] == recent;
            double before = wasThere ? then!.Events[thenIndex] : 0;
            thenIndex += wasThere ? 1 : 0;
            if (!double.IsNaN(_events[index]))
            {
                shares.Add(new EventShare(
                    IdOf((int)recent.ItemIndex, lease), recent.Type, recent.TimeMs, recent.Weight)
                {
                    Amount = _events[index],
                    Then = before,
                });
            }
        }

        return [.. shares.OrderByDescending(share => Math.Abs(share.Amount))];
    }

    private static SubjectPhase[] PhasesOf(ListJob job, long nowMs, int row, CatalogueLease lease)
    {
        LifecyclePolicy policy = job.Policy.Policy.Lifecycle;
        var phases = new List<SubjectPhase>(2);
        if (job.Phases.TryFind(PhaseSubject.Category, lease.CategoryCode(row), out PhaseBook.Entry category))
        {
            phases.Add(PhaseReader.Describe(category, nowMs, policy, lease));
        }

        if (job.Phases.TryFind(PhaseSubject.Item, (uint)row, out PhaseBook.Entry item))
        {
            phases.Add(PhaseReader.Describe(item, nowMs, policy, lease));
        }

        return [.. phases];
    }

    private static ScoreRules RulesOf(ListJob job, double score, int row, CatalogueLease lease)
    {
        ScoreRules rules = ShelfRulesOf(row, lease);
        if (job.Blends)
        {
            rules |= job.Blend!.Phases.StopsCategory(row) ? ScoreRules.StoppedCategory : 0;
            rules |= job.Blend.Phases.StopsItem(row) ? ScoreRules.StoppedItem : 0;
        }

        rules |= job.Hides(row) ? ScoreRules.Hidden : 0;
        double final = score * Math.Pow(2, ScaleOf(job));
        return final < job.Policy.Policy.ScoreMin ? rules | ScoreRules.BelowScoreMin : rules;
    }

    /// <summary>For whoever is in no segment, as WHY asks.</summary>
    private static ScoreRules ShelfRulesOf(int row, CatalogueLease lease)
    {
        ScoreRules rules = lease.InStock(row) ? ScoreRules.None : ScoreRules.OutOfStock;
        rules |= lease.InStock(row) && !lease.IsOnSale(row) ? ScoreRules.OutOfWindow : 0;
        bool isBanned = RuleHit.AllOf(row, lease).Any(rule => rule.Action == RuleAction.Ban && rule.AppliesTo(""));
        return isBanned ? rules | ScoreRules.Banned : rules;
    }
}
