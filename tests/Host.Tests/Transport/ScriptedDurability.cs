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
using Ebb.Engine.Similar;
using Ebb.Server.Transport;

namespace Ebb.Host.Tests.Transport;

/// <summary>A door of which only the durable sequences are real.</summary>
internal sealed class ScriptedDurability : IEngineDoor
{
    public event Action? DurableAdvanced
    {
        add { }
        remove { }
    }

    public ulong[] Durable { get; } = new ulong[4];

    public int Dimension => 2;

    public TimeProvider Clock => TimeProvider.System;

    public ulong CatalogueGeneration => 0;

    public IRequestHandoff NewHandoff() => throw new NotSupportedException();

    public ulong DurableSequence(ushort partition) => Durable[partition];

    public Task<ItemChangeReply> PutItemsAsync(IReadOnlyList<ItemPut> items) =>
        throw new NotSupportedException();

    public Task<ItemChangeReply> RemoveItemsAsync(IReadOnlyList<OpaqueId> items) =>
        throw new NotSupportedException();

    public Task<ItemChangeReply> PatchItemsAsync(IReadOnlyList<ItemPatch> patches) =>
        throw new NotSupportedException();

    public Task<AudienceList> AudienceAsync(AudienceQuery query) => Task.FromResult(new AudienceList([]));

    public RuleBook Rules => RuleBook.Empty;

    public GraphCounts GraphCounts => new();

    public Task<GraphReply> PutEdgesAsync(IReadOnlyList<GraphEdge> edges) => throw new NotSupportedException();

    public Task<GraphReply> LearnEdgesAsync() => throw new NotSupportedException();

    public Task<RuleReply> PutRuleAsync(ShopRule rule) => throw new NotSupportedException();

    public Task<RuleReply> RemoveRuleAsync(uint number, string author, string reason) =>
        throw new NotSupportedException();

    public Task<SimilarList> SimilarAsync(SimilarQuery query) => throw new NotSupportedException();

    public ICatalogueStage BeginCatalogueChange() => throw new NotSupportedException();

    public string DescribeItemMemory() => "";

    public TrendReport GetTrends(TrendQuestion question) => throw new NotSupportedException();

    public MemorySchema Schema => throw new NotSupportedException();

    public long PendingRebuildCount => 0;

    public Task ChangeSchemaAsync(MemorySchema schema) => throw new NotSupportedException();

    public UserArm GetArm(OpaqueId user) => new("default", null);

    public IReadOnlyList<ShadowReport> GetShadows() => [];

    public IReadOnlyList<TunerReport> GetTuners() => [];

    public IReadOnlyList<TuneChange> GetTuningAudit() => [];

    public TuneChange? RevertTuner(string policy, string author, string reason) => null;

    public IReadOnlyList<ExperimentReport> GetExperiments() => throw new NotSupportedException();

    public FlowReport GetFlows(int countMax, long? nowMs) => throw new NotSupportedException();

    public IReadOnlyList<KeyValuePair<string, string>> GetStats() => [];
}
