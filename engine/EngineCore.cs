using System.Globalization;
using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Diagnostics;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Curves;
using Ebb.Engine.Log;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;
using Ebb.Engine.Recovery;
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
        Policies = PutInForce(options.Policies ?? PolicySet.Of(options.Policy));
        var states = new PartitionState[options.PartitionCount];
        for (int index = 0; index < states.Length; index++)
        {
            states[index] = new PartitionState(backend, schema);
        }

        Erasures = new ErasureSchedule(options.Log, options.Folder is not null);
        Edits = new BackgroundEdits(id => Partitions![id], catalogue, log);
        Popular = new PopularItems([.. states.Select(state => state.Population)], options.Clock);
        Partitions = new Partition[options.PartitionCount];
        Scanner = new ScanThread(catalogue, NewScanStage(), id => Partitions[id], _logger);
        for (ushort id = 0; id < Partitions.Length; id++)
        {
            Partitions[id] = new Partition(
                new PartitionBatch(NewParts(id, states[id])), catalogue, options.QueueCountMax, _logger);
        }

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

    public ErasureSchedule Erasures { get; }

    public BackgroundEdits Edits { get; }

    /// <summary>What is learned of the population beside the users' own vectors.</summary>
    public PopulationSources Sources { get; }

    public Partition[] Partitions { get; }

    public ScanThread Scanner { get; }

    public RequestRouter Router { get; }

    public PolicySplit Policies { get; private set; }

    public void SetPolicies(PolicySet policies)
    {
        PolicySplit inForce = PutInForce(policies);
        Policies = inForce;
        foreach (Partition partition in Partitions)
        {
            partition.Batch.Parts.Policies = inForce;
        }

        Sources.Apply(LearningPlan.Of(policies));
    }

    public void Dispose()
    {
        Scanner.Dispose();
        foreach (Partition partition in Partitions)
        {
            partition.Batch.Parts.Store.Dispose();
        }
    }

    private PolicySplit PutInForce(PolicySet policies)
    {
        var inForce = new PolicySplit(policies, Bank);
        LearningPlan.Of(policies);
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
            Backend, new ListMaker(Backend, Popular, new Explainer(Bank, Schema.CategorySplits)),
            new Blender(Backend, Sources, _spread, Bank.Dimension));

    private PartitionParts NewParts(ushort id, PartitionState state)
    {
        var users = new UserWorkingSet(Shape);
        var counters = new PartitionCounters();
        var admission = new EventAdmission(Schema, state, users, counters);
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
            Fold = new PartitionFold(Backend, Bank, Schema, state)
            {
                Forgotten = (sequence, erasedByMs) => Erasures.Add(id, sequence, erasedByMs),
            },
            Erasures = Erasures,
            Popular = Popular,
            Edits = Edits,
            Admission = admission,
            Splits = admission.Splits,
            Commits = new CommitPump(Log, id, Options.Log.CommitInterval, () => DurableAdvanced?.Invoke(), _logger),
            Planner = new ListPlanner(Backend, Bank),
            Served = new ServedLists(Options.ServedListCountMax, Options.Dimension),
            Scans = NewScanStage(),
            Scanner = Scanner,
            Ranker = new CandidateRanker(Backend),
            Profiles = new ProfileReader(Backend, Bank),
            Counters = counters,
            Clock = Options.Clock,
            Logger = _logger,
            Policies = Policies,
        };
    }
}
