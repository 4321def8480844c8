using Ebb.Engine;
using Ebb.Engine.Audience;
using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Experiments;
using Ebb.Engine.Experiments.Shadows;
using Ebb.Engine.Experiments.Tuning;
using Ebb.Engine.Graph;
using Ebb.Engine.Graph.Live;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Interest.Trends;
using Ebb.Engine.Merchandising;
using Ebb.Engine.Recovery.Backup;
using Ebb.Engine.Similar;

namespace Ebb.Server.Transport;

/// <summary>What the wire asks of an engine. Any thread may call; tests put a scripted one here.</summary>
internal interface IEngineDoor
{
    public int Dimension { get; }

    public TimeProvider Clock { get; }

    public ulong CatalogueGeneration { get; }

    public event Action? DurableAdvanced;

    /// <summary>One connection's way in. Tells request.Completion exactly once, from Add or Send on.</summary>
    public IRequestHandoff NewHandoff();

    public ulong DurableSequence(ushort partition);

    public Task<ItemChangeReply> PutItemsAsync(IReadOnlyList<ItemPut> items);

    public Task<ItemChangeReply> RemoveItemsAsync(IReadOnlyList<OpaqueId> items);

    public Task<ItemChangeReply> PatchItemsAsync(IReadOnlyList<ItemPatch> patches);

    /// <summary>Throws EngineRequestException as SimilarAsync does.</summary>
    public Task<AudienceList> AudienceAsync(AudienceQuery query);

    public GraphCounts GraphCounts { get; }

    public Task<GraphReply> PutEdgesAsync(IReadOnlyList<GraphEdge> edges);

    public Task<GraphReply> LearnEdgesAsync();

    public RuleBook Rules { get; }

    public Task<RuleReply> PutRuleAsync(ShopRule rule);

    public Task<RuleReply> RemoveRuleAsync(uint number, string author, string reason);

    /// <summary>Throws EngineRequestException, at once or awaited, for what is refused.</summary>
    public Task<SimilarList> SimilarAsync(SimilarQuery query);

    public ICatalogueStage BeginCatalogueChange();

    /// <summary>Copies the engine's folder to a new one. Null: this engine is in memory.</summary>
    public Task<BackupManifest>? BackupAsync(string target) => null;

    public MemorySchema Schema { get; }

    /// <summary>Users who are still to be made anew for the schema.</summary>
    public long PendingRebuildCount { get; }

    /// <summary>Throws ArgumentException for what cannot be, InvalidOperationException while one is under
    /// way.</summary>
    public Task ChangeSchemaAsync(MemorySchema schema);

    /// <summary>What items hold and may hold, in bytes, for who was refused one.</summary>
    public string DescribeItemMemory();

    public TrendReport GetTrends(TrendQuestion question);

    public FlowReport GetFlows(int countMax, long? nowMs);

    public UserArm GetArm(OpaqueId user);

    public IReadOnlyList<ShadowReport> GetShadows();

    public IReadOnlyList<TunerReport> GetTuners();

    public IReadOnlyList<TuneChange> GetTuningAudit();

    public TuneChange? RevertTuner(string policy, string author, string reason);

    public IReadOnlyList<ExperimentReport> GetExperiments();

    public IReadOnlyList<KeyValuePair<string, string>> GetStats();
}
