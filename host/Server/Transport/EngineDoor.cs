using System.Globalization;
using System.Reflection;
using System.Text;
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

/// <summary>The door to a real engine. Does not own it.</summary>
internal sealed class EngineDoor(InterestEngine engine) : IEngineDoor
{
    private static readonly PropertyInfo[] StatsProperties =
        typeof(EngineStats).GetProperties(BindingFlags.Public | BindingFlags.Instance);

    public event Action? DurableAdvanced
    {
        add => engine.DurableAdvanced += value;
        remove => engine.DurableAdvanced -= value;
    }

    public int Dimension => engine.Options.Dimension;

    public TimeProvider Clock => engine.Options.Clock;

    public ulong CatalogueGeneration => engine.GetStats().CatalogueGeneration;

    public IRequestHandoff NewHandoff() => engine.NewHandoff();

    public ulong DurableSequence(ushort partition) => engine.DurableSequence(partition);

    public Task<ItemChangeReply> PutItemsAsync(IReadOnlyList<ItemPut> items) => engine.PutItemsAsync(items);

    public Task<ItemChangeReply> RemoveItemsAsync(IReadOnlyList<OpaqueId> items) => engine.RemoveItemsAsync(items);

    public Task<ItemChangeReply> PatchItemsAsync(IReadOnlyList<ItemPatch> patches) => engine.PatchItemsAsync(patches);

    public Task<AudienceList> AudienceAsync(AudienceQuery query) => engine.AudienceAsync(query);

    public RuleBook Rules => engine.Rules;

    public GraphCounts GraphCounts => engine.GraphCounts;

    public Task<GraphReply> PutEdgesAsync(IReadOnlyList<GraphEdge> edges) => engine.PutEdgesAsync(edges);

    public Task<GraphReply> LearnEdgesAsync() => engine.LearnEdgesAsync();

    public Task<RuleReply> PutRuleAsync(ShopRule rule) => engine.PutRuleAsync(rule);

    public Task<RuleReply> RemoveRuleAsync(uint number, string author, string reason) =>
        engine.RemoveRuleAsync(number, author, reason);

    public Task<SimilarList> SimilarAsync(SimilarQuery query) => engine.SimilarAsync(query);

    public ICatalogueStage BeginCatalogueChange() => new Stage(engine.BeginCatalogueChange());

    public Task<BackupManifest>? BackupAsync(string target) =>
        engine.Options.Folder is null ? null : engine.BackupAsync(target);

    public MemorySchema Schema => engine.Schema;

    public long PendingRebuildCount => engine.GetStats().UsersToRebuild;

    public Task ChangeSchemaAsync(MemorySchema schema) => engine.ChangeSchemaAsync(schema);

    public string DescribeItemMemory()
    {
        var stats = engine.GetStats();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"item vectors hold {stats.ItemMemoryBytes} of {engine.Options.ItemMemoryBytesMax} bytes, "
            + $"one item takes {stats.ItemRowBytes}: remove items or raise --item-memory");
    }

    public TrendReport GetTrends(TrendQuestion question) => engine.GetTrends(question);

    public FlowReport GetFlows(int countMax, long? nowMs) => engine.GetFlows(countMax, nowMs);

    public UserArm GetArm(OpaqueId user) => engine.GetArm(user);

    public IReadOnlyList<ShadowReport> GetShadows() => engine.GetShadows();

    public IReadOnlyList<TunerReport> GetTuners() => engine.GetTuners();

    public IReadOnlyList<TuneChange> GetTuningAudit() => engine.GetTuningAudit();

    public TuneChange? RevertTuner(string policy, string author, string reason) =>
        engine.RevertTuner(policy, author, reason);

    public IReadOnlyList<ExperimentReport> GetExperiments() => engine.GetExperiments();

    public IReadOnlyList<KeyValuePair<string, string>> GetStats()
    {
        var stats = engine.GetStats();
        return [
            KeyValuePair.Create("engine.durable", engine.Options.Folder is null ? "no" : "yes"),
            .. StatsProperties
            .Where(property => property.Name != "EqualityContract")
            .Select(property => KeyValuePair.Create(
                "engine." + ToSnakeCase(property.Name),
                Convert.ToString(property.GetValue(stats), CultureInfo.InvariantCulture) ?? "")),
        ];
    }

    private static string ToSnakeCase(string name)
    {
        var text = new StringBuilder(name.Length + 8);
        foreach (char letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0)
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }

    private sealed class Stage(CatalogueChange change) : ICatalogueStage
    {
        public EntryStatus Put(ItemPut item) => change.Put(item);

        public EntryStatus Remove(OpaqueId item) => change.Remove(item);

        public EntryStatus Patch(ItemPatch patch) => change.Patch(patch);

        public Task<ulong> PublishAsync() => change.PublishAsync();

        public void Dispose() => change.Dispose();
    }
}
