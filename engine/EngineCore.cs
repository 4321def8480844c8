using System.Globalization;
using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Diagnostics;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Curves;
using Ebb.Engine.Interest.Lifecycle.Watching;
using Ebb.Engine.Log;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Engine.Ranking.Why;
using Ebb.Engine.Sources;
using Ebb.Engine.Store;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine;

/// <summary>
/// The parts of an open engine and how they are put together: one log, one catalogue, P partitions over them, one scan
/// thread. Owns them all; disposed in the reverse order.
/// </summary>
internal sealed class EngineCore : IDisposable
{
    private const byte EventIdCapacity = 16;

    private readonly ILogger _logger;
    private readonly CatalogueSpread _spread;
    private readonly ProjectionMaker _projections;
    private readonly WatchTurn _watchTurn;
    private readonly PhaseClock _phaseClock;

    public EngineCore(
        EngineOptions options, MemorySchema schema, IEventLog log, ItemCatalogue catalogue, IKernelBackend backend)
    {
        Options = options;
        Schema = schema;
        Log = log;
        Catalogue = catalogue;
        Backend = backend;
        Bank = schema.ShapeFor(options.Dimension);
        Shape = new RecordShape(Bank, schema.RecentEventCount, EventIdCapacity);
        _logger = EngineLog.For(options);
        Sources = new PopulationSources(() => Partitions!, _logger);
        _spread = new CatalogueSpread(options.Clock);
        options.DriftAlarm.Check();
        DriftMonitor = new DriftMonitor(options.DriftAlarm, _logger);
        _projections = new ProjectionMaker(catalogue);
        Policies = PutInForce(options.Policies ?? PolicySet.Of(options.Policy));
        var states = new PartitionState[options.PartitionCount];
        for (int index = 0; index < states.Length; index++)
        {
            states[index] = new PartitionState(backend, schema);
        }

        Popular = new PopularItems([.. states.Select(state => state.Population)], options.Clock);
        _watchTurn = new WatchTurn(catalogue);
        _phaseClock = new PhaseClock(options.Clock, LookAt);
        Partitions = new Partition[options.PartitionCount];
        Scanner = new ScanThread(catalogue, NewScanStage(), id => Partitions[id], _logger);
        for (ushort id = 0; id < Partitions.Length; id++)
        {
            Partitions[id] = new Partition(
                new PartitionBatch(NewParts(id, states[id])), catalogue, options.QueueCountMax, _logger);
        }

        catalogue.ItemsKnown += _ => _projections.ItemsCame(() => Policies);
        Router = new RequestRouter(Partitions, options.Clock);
    }

    /// <summary>Raised after each group commit.</summary>
    public event Action? DurableAdvanced;

    public EngineOptions Options { get; }

    public MemorySchema Schema { get; }

    public IEventLog Log { get; }

    public ItemCatalogue Catalogue { get; }

    public IKernelBackend Backend { get; }

    public BankShape Bank { get; }

    public RecordShape Shape { get; }

    public PopularItems Popular { get; }

    /// <summary>What is learned of the population beside the users' own vectors.</summary>
    public PopulationSources Sources { get; }

    public DriftMonitor DriftMonitor { get; }

    public Partition[] Partitions { get; }

    public ScanThread Scanner { get; }

    public RequestRouter Router { get; }

    public PolicySplit Policies { get; private set; }

    public void SetPolicies(PolicySet policies)
    {
        PolicySplit inForce = PutInForce(policies);
        Policies = inForce;
        DriftMonitor.Reset();
        foreach (Partition partition in Partitions)
        {
            partition.Batch.Parts.Policies = inForce;
            partition.Post(WatchTurn.OfAll(Catalogue));
        }

        Sources.Apply(LearningPlan.Of(policies));
    }

    public void Dispose()
    {
        _phaseClock.Dispose();
        Scanner.Dispose();
        foreach (Partition partition in Partitions)
        {
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
        var inForce = new PolicySplit(policies, Bank);
        LearningPlan.Of(policies);
        _projections.Make(inForce);
        foreach (CurveFit fit in inForce.Policies.Select(policy => policy.Fit).OfType<CurveFit>())
        {
            string coefficients = string.Join(
                ", ", fit.Coefficients.Select(c => c.ToString("G6", CultureInfo.InvariantCulture)));
            EngineLog.CurveFitted(_logger, fit.WorstError, fit.WorstAgeMs, coefficients);
        }

        return inForce;
    }

    private ScanStage NewScanStage() =>
        new(
            Backend, new ListMaker(Backend, Popular, new Explainer(Bank)),
            new Blender(Backend, Sources, _spread, Bank.Dimension));

    private PartitionParts NewParts(ushort id, PartitionState state)
    {
        var users = new UserWorkingSet(Shape);
        var counters = new PartitionCounters(DriftMonitor);
        StoreOptions store = Options.Store;
        return new PartitionParts
        {
            Id = id,
            Bank = Bank,
            Store = new InterestStore(
                Options.Folder, id, Shape, store.MemoryBytesMax / Options.PartitionCount,
                store.UserCountHint / Options.PartitionCount, _logger),
            Log = Log,
            Users = users,
            Fold = new PartitionFold(Backend, Bank, Schema, state),
            Admission = new EventAdmission(Schema, state, users, counters),
            Commits = new CommitPump(Log, id, Options.Log.CommitInterval, () => DurableAdvanced?.Invoke(), _logger),
            Planner = new ListPlanner(Backend, Bank),
            Served = new ServedLists(Options.ServedListCountMax, Options.Dimension),
            Scans = NewScanStage(),
            Scanner = Scanner,
            Ranker = new CandidateRanker(Backend),
            Profiles = new ProfileReader(Backend, Bank),
            Whys = new WhyReader(
                Backend, Bank, new ListPlanner(Backend, Bank),
                new Blender(Backend, Sources, _spread, Bank.Dimension), Popular),
            Watches = new PartitionWatches(_phaseClock, LookAt, _logger),
            Drifts = new DriftReader(Backend, Bank, () => Partitions, DriftMonitor),
            Counters = counters,
            Clock = Options.Clock,
            Logger = _logger,
            Policies = Policies,
        };
    }
}
