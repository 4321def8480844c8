using System.Globalization;
using Ebb.Engine.Audience;
using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Diagnostics;
using Ebb.Engine.Encoders;
using Ebb.Engine.Experiments;
using Ebb.Engine.Experiments.Shadows;
using Ebb.Engine.Experiments.Tuning;
using Ebb.Engine.Graph.Live;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Curves;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Interest.Lifecycle.Watching;
using Ebb.Engine.Interest.Merging;
using Ebb.Engine.Log;
using Ebb.Engine.Policy;
using Ebb.Engine.Portrait;
using Ebb.Engine.Privacy;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Engine.Ranking.Why;
using Ebb.Engine.Recovery;
using Ebb.Engine.Similar;
using Ebb.Engine.Sources;
using Ebb.Engine.Store;
using Ebb.Kernels.Backends;
using Ebb.Kernels.TopK;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine;

/// <summary>
/// The parts of an open engine and how they are put together: one log, one catalogue, P partitions over them, one scan
/// thread. Owns them all; disposed in the reverse order.
/// </summary>
internal sealed class EngineCore : IDisposable
{
    private readonly ILogger _logger;
    private readonly CommitRounds _commitRounds = new(TimeProvider.System);
    private readonly CatalogueSpread _spread;
    private readonly NewItems _newItems;
    private readonly WatchTurn _watchTurn;
    private readonly PhaseClock _phaseClock;
    private readonly VectorBlocks _blocks;

    public EngineCore(
        EngineOptions options, MemorySchema recovered, IEventLog log, ItemCatalogue catalogue, IKernelBackend backend)
    {
        Options = options;
        Schema = new SchemaInForce(options.Schema!, options.Dimension);
        var initial = new SchemaInForce(recovered, options.Dimension);
        Log = log;
        Catalogue = catalogue;
        Backend = backend;
        _logger = EngineLog.For(options);
        Sources = new PopulationSources(() => Partitions!, _logger);
        _spread = new CatalogueSpread(options.Clock);
        options.DriftAlarm.Check();
        DriftMonitor = new DriftMonitor(
            options.DriftAlarm, _logger, () => Encoders?.Encoder?.Bundle.Manifest.Name);
        options.TasteAlarm.Check();
        TasteMonitor = new TasteMonitor(
            options.TasteAlarm, (share, sum) => EngineLog.TastesChange(_logger, share, sum));
        Projections = new ProjectionMaker(catalogue);
        _blocks = new VectorBlocks(options.VectorBlocks, options.Dimension);
        Describer = new ItemDescriber(_blocks, options.Dimension, () => Encoders?.Encoder);
        catalogue.Describer = Describer;
        var states = new PartitionState[options.PartitionCount];
        for (int index = 0; index < states.Length; index++)
        {
            states[index] = new PartitionState(backend, recovered);
        }

        Experiments = new ExperimentDesk(states, options.Clock);
        Shadows = new ShadowDesk(
            () => new ShadowMaker(this, NewScanStage(null)), () => Scanner!.Pressure.IsPressed,
            (options.Clock, _logger));
        Tuners = new TunerDesk(
            new TuneJournal(options.Folder), Experiments, PutAll, (options.Clock, _logger));
        PolicySplit? composed = null;
        Tuners.SetDocument(
            options.Policies ?? PolicySet.Of(options.Policy), policies => composed = PutInForce(policies));
        Policies = composed!;
        Flows = new PopulationFlows(states, options.Clock) { Rule = options.Schema!.Flows };
        Erasures = new ErasureSchedule(options.Log, options.Folder is not null);
        Edits = new BackgroundEdits(id => Partitions![id], catalogue, log);
        Merges = new UserMerges(
            id => Partitions![id], options.PartitionCount, log, new MergeTurns(catalogue));
        Popular = new PopularItems(
            [.. states.Select(state => state.Population)], options.Clock,
            new SegmentFavourites(states, MemorySchema.HalfLifeMs(options.Schema!.PopularityHalfLife)));
        _newItems = new NewItems(
            options.Clock, options.Folder is { } folder ? new NewItemsFile(folder, _logger) : null);
        catalogue.ItemsKnown += rows => _newItems.Add(rows.Span);
        _watchTurn = new WatchTurn(catalogue);
        _phaseClock = new PhaseClock(options.Clock, LookAt);
        Partitions = new Partition[options.PartitionCount];
        Scanner = new ScanThread(catalogue, NewScanStage(), id => Partitions[id], options);
        Encoders = new EncoderThread(catalogue, NewScanStage(), Scanner, id => Partitions[id], options);
        for (ushort id = 0; id < Partitions.Length; id++)
        {
            Partitions[id] = new Partition(
                new PartitionBatch(NewParts(id, states[id], initial)), catalogue, options.QueueCountMax, _logger);
        }

        catalogue.VectorsPut += count => Projections.VectorsPut(count, () => Policies);
        Router = new RequestRouter(Partitions, options.Clock);
        Audiences = new AudienceSweeps(this);
        Learner = new EdgeLearner(this, options.Graph);
        Similar = new SimilarTurns(catalogue, backend, Sources, _logger);
        Reports = options.Privacy is null ? null : new PrivateReports(this, options.Privacy);
    }

    /// <summary>Reports with noise; null: as they are.</summary>
    public PrivateReports? Reports { get; }

    /// <summary>Raised after each group commit.</summary>
    public event Action? DurableAdvanced;

    public EngineOptions Options { get; }

    /// <summary>The schema that is in force, or will be once recovery is through.</summary>
    public SchemaInForce Schema { get; private set; }

    public IEventLog Log { get; }

    public ItemCatalogue Catalogue { get; }

    public IKernelBackend Backend { get; }

    public PopularItems Popular { get; }

    /// <summary>Transitions between categories.</summary>
    public PopulationFlows Flows { get; }

    /// <summary>What portraits foretell a change by.</summary>
    public ServedTree ChangeTree { get; } = new();

    /// <summary>Reports on what experiments counted.</summary>
    public ExperimentDesk Experiments { get; }

    /// <summary>Makes and compares lists of policies that do not serve.</summary>
    public ShadowDesk Shadows { get; }

    /// <summary>Moves numbers of policies as their documents allow.</summary>
    public TunerDesk Tuners { get; }

    public ErasureSchedule Erasures { get; }

    public BackgroundEdits Edits { get; }

    public UserMerges Merges { get; }

    /// <summary>What became of users when the schema changed, since open.</summary>
    public RebuildCounts Rebuilds { get; } = new();

    /// <summary>Users of the schema before.</summary>
    public long PendingRebuildCount => Partitions.Sum(partition => partition.Batch.Parts.Rebuild?.PendingCount ?? 0);

    /// <summary>What is learned of the population beside the users' own vectors.</summary>
    public PopulationSources Sources { get; }

    public DriftMonitor DriftMonitor { get; }

    public TasteMonitor TasteMonitor { get; }

    public ProjectionMaker Projections { get; }

    public Partition[] Partitions { get; }

    public ScanThread Scanner { get; }

    /// <summary>Makes vectors of items' texts and named blocks.</summary>
    public ItemDescriber Describer { get; }

    /// <summary>The sequence encoder, where there is one.</summary>
    public EncoderThread Encoders { get; }

    public RequestRouter Router { get; }

    /// <summary>Items to users.</summary>
    public AudienceSweeps Audiences { get; }

    /// <summary>Items to items.</summary>
    public SimilarTurns Similar { get; }

    /// <summary>Edges of the graph from what is done together.</summary>
    public EdgeLearner Learner { get; }

    public PolicySplit Policies { get; private set; }

    /// <summary>A document's policies, as its tuners have changed them.</summary>
    public void SetPolicies(PolicySet document) => Tuners.SetDocument(document, PutAll);

    private void PutAll(PolicySet policies)
    {
        PolicySplit inForce = PutInForce(policies);
        Policies = inForce;
        Shadows.SetPolicies(inForce);
        DriftMonitor.Reset();
        foreach (Partition partition in Partitions)
        {
            partition.Batch.Parts.Policies = inForce;
            partition.Post(WatchTurn.OfAll(Catalogue));
        }

        Sources.Apply(LearningPlan.Of(policies));
    }

    /// <summary>A split of policies over a schema's bank, not yet in force.</summary>
    /// <exception cref="ArgumentException">One does not fit.</exception>
    public PolicySplit Fit(PolicySet policies, SchemaInForce schema)
    {
        if (Policies is not null
            && ExperimentRules.FindChange(
                Policies.Set, policies, Options.Clock.GetUtcNow().ToUnixTimeMilliseconds()) is { } problem)
        {
            throw new ArgumentException(problem.ToString());
        }

        var split = new PolicySplit(_blocks.Weigh(policies), schema.Bank, Options.Clock);
        LearningPlan.Of(policies);
        Projections.Make(split);
        return split;
    }

    /// <summary>
    /// The items have the vectors of another space: what was made of the old ones goes. While nothing runs.
    /// </summary>
    public void ItemsChangedSpace(PolicySplit policies)
    {
        _spread.Forget();
        Projections.Make(policies);
    }

    /// <summary>What is in force after a change of schema; the partitions were switched one by one.</summary>
    public void SchemaChanged(SchemaInForce schema, PolicySplit policies)
    {
        Schema = schema;
        Flows.Rule = schema.Schema.Flows;
        Policies = policies;
        Shadows.SetPolicies(policies);
        DriftMonitor.Reset();
    }

    /// <summary>
    /// From here on the partition folds under this schema; users that it holds are to be rebuilt. In the partition's
    /// turn, or while nothing runs.
    /// </summary>
    public void Switch(PartitionParts parts, SchemaInForce schema)
    {
        if (parts.Schema.Json == schema.Json)
        {
            return;
        }

        if (parts.Rebuild is { PendingCount: > 0 })
        {
            throw new EngineStartException(
                $"partition {parts.Id} has a change of the memory schema before the one before was through:"
                + " restore the folder from a backup");
        }

        parts.Rebuild?.Dispose();
        var before = new UserRebuild(parts.Schema, parts.Store, parts.Users);
        LearnRing? feed = parts.Fold.Feed;
        parts.Rebuild = before.PendingCount > 0 ? before : null;
        if (parts.Rebuild is null)
        {
            before.Dispose();
        }

        Equip(parts, schema);
        parts.Fold.Feed = feed;
        parts.State.SetSchema(schema.Schema);
    }

    public void Dispose()
    {
        _phaseClock.Dispose();
        Learner.Dispose();
        Similar.Dispose();
        Encoders.Dispose();
        Scanner.Dispose();
        foreach (Partition partition in Partitions)
        {
            partition.Batch.Parts.Rebuild?.Dispose();
            partition.Batch.Parts.Store.Dispose();
        }
    }

    private void LookAt(PhaseWatch watch)
    {
        Partition partition = Partitions[watch.Partition];
        partition.Batch.Parts.Watches.Due.Enqueue(watch);
        partition.Post(_watchTurn);
    }

    private PolicySplit PutInForce(PolicySet policies)
    {
        PolicySplit inForce = Fit(policies, Schema);
        foreach (CurveFit fit in inForce.Policies.Select(policy => policy.Fit).OfType<CurveFit>())
        {
            string coefficients = string.Join(
                ", ", fit.Coefficients.Select(c => c.ToString("G6", CultureInfo.InvariantCulture)));
            EngineLog.CurveFitted(_logger, fit.WorstError, fit.WorstAgeMs, coefficients);
        }

        return inForce;
    }

    private Blender NewBlender() =>
        new(Backend, new BlendInputs(Sources, _spread, Flows), Options.Dimension);

    private ScanStage NewScanStage() => NewScanStage(Shadows.Offer);

    private ScanStage NewScanStage(Action<ListJob, List<ScoredItem>>? made) =>
        new(
            Backend,
            new ListMaker(
                Backend, Popular, _newItems, new Explainer(Options.Dimension),
                () => Options.ReRanker ?? Encoders.Encoder?.ReRanker)
            {
                Made = made,
            },
            NewBlender());

    private PartitionParts NewParts(ushort id, PartitionState state, SchemaInForce schema)
    {
        var parts = new PartitionParts
        {
            Id = id,
            State = state,
            Log = Log,
            Erasures = Erasures,
            Popular = Popular,
            Edits = Edits,
            Merges = Merges,
            Commits = new CommitPump(
                Log, id, Options.Log.CommitInterval, _commitRounds, () => DurableAdvanced?.Invoke(), _logger),
            Scans = NewScanStage(),
            Scanner = Scanner,
            Encodings = new EncodingStage(Encoders, Options.Clock, Options.Dimension),
            Ranker = new CandidateRanker(Backend),
            Watches = new PartitionWatches(_phaseClock, LookAt, _logger),
            Drifts = new DriftReader(Backend, Schema.Bank, () => Partitions, DriftMonitor),
            Counters = new PartitionCounters(DriftMonitor),
            Tastes = new TasteMeter(TasteMonitor),
            Clock = Options.Clock,
            Logger = _logger,
            Policies = Policies,
        };
        Equip(parts, schema);
        return parts;
    }

    private static string SuffixOf(MemorySchema schema) => schema.Space == 1
        ? string.Create(CultureInfo.InvariantCulture, $"-s{schema.Number}")
        : string.Create(CultureInfo.InvariantCulture, $"-s{schema.Number}-v{schema.Space}");

    /// <summary>Everything of a partition that a schema shapes.</summary>
    private void Equip(PartitionParts parts, SchemaInForce schema)
    {
        ushort id = parts.Id;
        StoreOptions store = Options.Store;
        parts.Schema = schema;
        parts.Users = new UserWorkingSet(schema.Shape);
        parts.Store = new InterestStore(
            Options.SpillFolder ?? Options.Folder, id, schema.Shape, store.MemoryBytesMax / Options.PartitionCount,
            store.UserCountHint / Options.PartitionCount, _logger, SuffixOf(schema.Schema));
        parts.Fold = new PartitionFold(Backend, schema, parts.State)
        {
            Forgotten = (sequence, erasedByMs) =>
            {
                Erasures.Add(id, sequence, erasedByMs);
                Shadows.DropLists();
            },
            Rebuilt = (user, method) => parts.Rebuild?.Done(user, method, Rebuilds),
        };
        parts.Admission = new EventAdmission(schema.Schema, parts.State, parts.Users, parts.Counters)
        {
            Gain = new DriftGain(parts, Backend, schema.Bank),
        };
        parts.Splits = parts.Admission.Splits;
        parts.Planner = new ListPlanner(
            Backend, schema.Bank, takesUsers: Backend.DeviceCounters is null ? null : Backend);
        parts.Served = new ServedLists(Options.ServedListCountMax, Options.Dimension);
        parts.Profiles = new ProfileReader(Backend, schema.Bank, Flows, parts.Encodings);
        parts.Portraits = new PortraitReader(Backend, schema, Flows, ChangeTree);
        parts.Whys = new WhyReader(
            Backend, schema, new ListPlanner(Backend, schema.Bank),
            NewBlender(), Popular, parts.Encodings);
    }
}
