using Ebb.Engine.Audience;
using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Diagnostics;
using Ebb.Engine.Encoders;
using Ebb.Engine.Experiments;
using Ebb.Engine.Experiments.Shadows;
using Ebb.Engine.Experiments.Tuning;
using Ebb.Engine.Graph;
using Ebb.Engine.Graph.Live;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Curves;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Interest.Lifecycle.Watching;
using Ebb.Engine.Interest.Merging;
using Ebb.Engine.Interest.Trends;
using Ebb.Engine.Merchandising;
using Ebb.Engine.Policy;
using Ebb.Engine.Portrait;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Engine.Ranking.Why;
using Ebb.Engine.Recovery;
using Ebb.Engine.Recovery.Backup;
using Ebb.Engine.Similar;
using Ebb.Engine.Store;

namespace Ebb.Engine;

/// <summary>
/// The engine as a library: events in, what a user wants now out. Open one per folder; every method may be called
/// from any thread; writes of one user take effect in the order in which they were called.
/// </summary>
public sealed class InterestEngine : IAsyncDisposable
{
    /// <summary>Candidates that one RANK may bring.</summary>
    public const int RankCandidateCountMax = 10_000;

    private readonly OpenedEngine _opened;
    private readonly EngineCore _core;
    private readonly InProcessCalls _calls;
    private readonly EngineMetrics _metrics;
    private int _disposed;

    private InterestEngine(OpenedEngine opened)
    {
        _opened = opened;
        _core = opened.Core;
        _calls = new InProcessCalls(_core.Router);
        _metrics = new EngineMetrics(this, _core);
    }

    /// <summary>Raised on an engine thread after each group commit, when durable sequences have moved.</summary>
    public event Action? DurableAdvanced
    {
        add => _core.DurableAdvanced += value;
        remove => _core.DurableAdvanced -= value;
    }

    internal EngineCore Core => _core;

    /// <summary>As opened: what was left to the folder or to a default is filled in.</summary>
    public EngineOptions Options => _core.Options;

    /// <summary>The memory schema in force.</summary>
    public MemorySchema Schema => _core.Schema.Schema;

    /// <summary>
    /// How the first running policy's forgetting curve was fitted to the schema's half-lives; null without a curve.
    /// </summary>
    public CurveFit? CurveFit => _core.Policies.Policies[0].Fit;

    /// <summary>The policies in force.</summary>
    public PolicySet Policies => _core.Policies.Set;

    /// <summary>Opens a folder (creating it), recovers it to the fold of its log, and takes its lock.</summary>
    /// <exception cref="EngineStartException">Locked, corrupt, of a newer format, or of another dimension.</exception>
    public static async Task<InterestEngine> OpenAsync(EngineOptions options, CancellationToken cancellation = default)
    {
        OpenedEngine opened = await Task.Run(() => EngineOpener.Open(options, cancellation), cancellation)
            .ConfigureAwait(false);
        return new InterestEngine(opened);
    }

    /// <summary>
    /// Adds or replaces items as one generation, durable before it is shown. A refused item has its status; the rest
    /// are put.
    /// </summary>
    public Task<ItemChangeReply> PutItemsAsync(IReadOnlyList<ItemPut> items) =>
        _core.Catalogue.PutAsync(items);

    /// <summary>Changes stock, window and price of items as one generation, without their vectors.</summary>
    public Task<ItemChangeReply> PatchItemsAsync(IReadOnlyList<ItemPatch> patches) =>
        _core.Catalogue.PatchAsync(patches);

    /// <summary>
    /// Says edges of the graph (weight 0: no more) as one generation, with the vectors that change by them. Durable
    /// when it returns; each edge has its own status, Duplicate for what was so before.
    /// </summary>
    public Task<GraphReply> PutEdgesAsync(IReadOnlyList<GraphEdge> edges) => _core.Catalogue.PutEdgesAsync(edges);

    /// <summary>Makes edges of what the population does together now; the reply says whether that is learned.</summary>
    public Task<GraphReply> LearnEdgesAsync() => _core.Learner.LearnAsync();

    /// <summary>The graph as it is, and what of it is odd.</summary>
    public GraphCounts GraphCounts => _core.Catalogue.GraphCounts;

    /// <summary>The merchandisers' rules in force, and the audit of their changes.</summary>
    public RuleBook Rules => _core.Catalogue.Rules;

    /// <summary>
    /// Puts a rule (number 0: a new one) that bans, pins, boosts or buries items. Durable and in every list when it
    /// returns; ends by itself where it says so.
    /// </summary>
    public Task<RuleReply> PutRuleAsync(ShopRule rule) => _core.Catalogue.PutRuleAsync(rule);

    /// <summary>Takes a rule out; who and why go into the audit.</summary>
    public Task<RuleReply> RemoveRuleAsync(uint number, string author, string reason) =>
        _core.Catalogue.RemoveRuleAsync(number, author, reason);

    /// <summary>Removes items as one generation.</summary>
    public Task<ItemChangeReply> RemoveItemsAsync(IReadOnlyList<OpaqueId> items) =>
        _core.Catalogue.RemoveAsync(items);

    /// <summary>Opens a change that becomes visible as one generation when published.</summary>
    public CatalogueChange BeginCatalogueChange() => _core.Catalogue.BeginChange();

    /// <summary>Folds events of any users. Every event has its own status.</summary>
    public Task<ObserveReply> ObserveAsync(IReadOnlyList<BehaviourEvent> events, WriteOptions write = default) =>
        _calls.ObserveAsync(events, write);

    /// <exception cref="EngineRequestException">
    /// Refused as a whole: K out of range, overload, shutting down.
    /// </exception>
    public Task<Recommendation> RecommendAsync(OpaqueId user, RecommendQuery query) =>
        _calls.RecommendAsync(user, query);

    /// <summary>Folds this user's events, then answers: the list reflects them, always.</summary>
    /// <exception cref="EngineRequestException">
    /// Refused as a whole: K out of range, overload, shutting down.
    /// </exception>
    public Task<ActReply> ActAsync(
        OpaqueId user, IReadOnlyList<BehaviourEvent> events, RecommendQuery query, WriteOptions write = default) =>
        _calls.ActAsync(user, events, query, write);

    /// <summary>Scores up to 10,000 candidates for a user.</summary>
    /// <exception cref="EngineRequestException">Refused as a whole.</exception>
    public Task<RankReply> RankAsync(OpaqueId user, IReadOnlyList<RankCandidate> candidates, long? nowMs = null) =>
        candidates.Count <= RankCandidateCountMax
            ? _calls.RankAsync(user, candidates, nowMs)
            : throw new EngineRequestException(EntryStatus.TooManyEntries);

    /// <exception cref="EngineRequestException">Refused as a whole.</exception>
    public Task<InterestProfile> ProfileAsync(OpaqueId user, long? nowMs = null) => _calls.ProfileAsync(user, nowMs);

    /// <summary>
    /// Forgets a user: gone at once from every answer, his share out of the population counts, and from the receipt's
    /// time on out of every file. Later events of the key start a new user. Durable when answered.
    /// </summary>
    /// <exception cref="EngineRequestException">Refused as a whole; nothing was forgotten.</exception>
    public Task<ForgetReceipt> ForgetAsync(OpaqueId user) => _calls.ForgetAsync(user);

    /// <summary>
    /// What is held of one key comes under another, as when a visitor logs in: sums add, remembered events and ids
    /// follow, demand stays. Later events of the first key start a new user. Durable when answered; a crash in between
    /// neither loses nor doubles anything, and a second call finds nothing and changes nothing.
    /// </summary>
    /// <exception cref="EngineRequestException">
    /// Refused: the keys are the same, or one's length; or the log refused, and the move goes on with the next one.
    /// </exception>
    public Task<MergeReceipt> MergeAsync(OpaqueId from, OpaqueId to) => _calls.MergeAsync(from, to);

    /// <summary>
    /// Takes one event of a user out again, named by its event id; the receipt says whether the user was folded anew
    /// without it or it was subtracted. The id stays known, so a resend of the event is a duplicate. Durable when
    /// answered.
    /// </summary>
    /// <exception cref="EngineRequestException">
    /// Refused: UnknownEvent when nothing holds an event of the id.
    /// </exception>
    public Task<UnsendReceipt> UnsendAsync(OpaqueId user, ulong eventId) => _calls.UnsendAsync(user, eventId);

    /// <summary>
    /// Erases from the files whom FORGET took out and whose time has come. The engine does it by itself every ten
    /// seconds; this is for who cannot wait for it. Does nothing for an engine in memory.
    /// </summary>
    public Task EraseForgottenAsync(CancellationToken cancellation = default) =>
        _opened.Exporter?.EraseDueAsync(cancellation) ?? Task.CompletedTask;

    /// <summary>
    /// Takes out the users that the memory schema's <see cref="Interest.MemorySchema.ExpireAfter"/> keeps no longer.
    /// The engine does it by itself, at least every hour; this is for who cannot wait for it. Returns how many went.
    /// </summary>
    public Task<long> ExpireIdleAsync(CancellationToken cancellation = default) =>
        _opened.Idle.RunAsync(cancellation);

    /// <summary>
    /// Takes the user's score of a live item apart: by source and by past event, and what changed since an earlier
    /// moment.
    /// </summary>
    /// <exception cref="EngineRequestException">Refused as a whole; also for an item that is not there.</exception>
    public Task<ScoreExplanation> WhyAsync(OpaqueId user, OpaqueId item, long? sinceMs = null, long? nowMs = null) =>
        _calls.WhyAsync(user, item, sinceMs, nowMs);

    /// <summary>Items from an item or a basket, without a user: similar ones, or what goes with it.</summary>
    /// <exception cref="EngineRequestException">
    /// Refused as a whole; UnknownItem when the catalogue has none of the basket.
    /// </exception>
    public Task<SimilarList> SimilarAsync(SimilarQuery query) => _core.Similar.AskAsync(query);

    /// <summary>
    /// The users whom an item fits best now, also one that nobody has touched yet. Looks at every user, slice by slice
    /// between requests; one such sweep at a time.
    /// </summary>
    /// <exception cref="EngineRequestException">Refused as a whole; also for an item that is not there.</exception>
    public Task<AudienceList> AudienceAsync(AudienceQuery query) => _core.Audiences.FindAsync(query);

    /// <summary>
    /// How far all users have drifted by now from the list that they hold, whether they came back or not. A sweep as
    /// AUDIENCE is one; STATS tells the last.
    /// </summary>
    /// <exception cref="EngineRequestException">Refused as a whole.</exception>
    public Task<PopulationDrift> PopulationDriftAsync() => _core.Audiences.DriftAsync();

    /// <summary>How far the user has drifted from the interest that their last list was made for.</summary>
    /// <exception cref="EngineRequestException">Refused as a whole.</exception>
    public Task<DriftReply> DriftAsync(OpaqueId user, bool raw = false, long? nowMs = null) =>
        _calls.DriftAsync(user, raw, nowMs);

    /// <summary>
    /// One user in few figures: categories with phase and mass, what rose and fell since an earlier moment (a week ago
    /// without one), the likely next category, the events that matter most, and what foretells a change.
    /// </summary>
    /// <exception cref="EngineRequestException">Refused as a whole.</exception>
    public Task<UserPortrait> PortraitAsync(OpaqueId user, long? sinceMs = null, long? nowMs = null) =>
        _calls.PortraitAsync(user, sinceMs, nowMs);

    /// <summary>The tree that portraits foretell a change of interest by; null: none.</summary>
    /// <exception cref="ArgumentException">
    /// It looks at more events than a user's record holds; the one before stays.
    /// </exception>
    public void SetChangeTree(ChangeTree? tree)
    {
        ServedTree.Check(tree, Schema.RecentEventCount);
        _core.ChangeTree.Current = tree;
    }

    /// <summary>
    /// Tells the listener whenever a phase of the user's interests changes, by an event or by time alone, until the
    /// watch is disposed. Nothing is told while the user's policy tells no phases.
    /// </summary>
    /// <exception cref="EngineRequestException">Refused as a whole.</exception>
    public Task<PhaseWatch> SubscribeAsync(OpaqueId user, IPhaseListener listener) =>
        _calls.SubscribeAsync(user, listener);

    /// <summary>
    /// Which categories gained from which over the last hour, day and week, for stock, pricing and campaigns.
    /// </summary>
    /// <param name="countMax">Flows, and balances, of a window at most.</param>
    /// <param name="nowMs">The moment; the engine's clock without one.</param>
    public FlowReport GetFlows(int countMax = 20, long? nowMs = null) =>
        PopulationReports.Flows(_core, countMax, nowMs);

    /// <summary>Demand per item and category, where it goes, and what the next seven days will take.</summary>
    public TrendReport GetTrends(TrendQuestion question) => PopulationReports.Trends(_core, question);

    /// <summary>How the arms of the policies' experiments stand. May be looked at as often as one likes.</summary>
    public IReadOnlyList<ExperimentReport> GetExperiments() => _core.Experiments.Report(_core.Policies.Set);

    /// <summary>Which policy serves the user now, and in whose experiment.</summary>
    public UserArm GetArm(OpaqueId user) => _core.Policies.ArmOf(user.Span);

    /// <summary>What the policies' shadows would have served beside what was.</summary>
    public IReadOnlyList<ShadowReport> GetShadows() => _core.Shadows.Report();

    /// <summary>Done when every list that was answered before is compared, or was dropped.</summary>
    public Task SettleShadowsAsync() => _core.Shadows.SettleAsync();

    /// <summary>Where the policies' tuners stand.</summary>
    public IReadOnlyList<TunerReport> GetTuners() => _core.Tuners.Report();

    /// <summary>What tuners changed, and why, oldest first.</summary>
    public IReadOnlyList<TuneChange> GetTuningAudit() => _core.Tuners.Audit;

    /// <summary>
    /// Has the tuners look at their trials now, as the engine does every minute. Returns how many changes they made.
    /// </summary>
    public int StepTuners() => _core.Tuners.Step();

    /// <summary>Takes a policy's last tuned step back. Null: it has no tuner, or none was taken.</summary>
    public TuneChange? RevertTuner(string policy, string author, string reason) =>
        _core.Tuners.Revert(policy, author, reason);

    /// <summary>Swaps the serving policy; kept lists of the old one are not served any more.</summary>
    /// <exception cref="ArgumentException">The policy does not fit the schema; the running one stays.</exception>
    public void SetPolicy(ServingPolicy policy) => SetPolicies(PolicySet.Of(policy));

    /// <summary>
    /// Changes the memory schema while serving, with the policies that go with it; returns when it is in force and
    /// durable. From then on every answer is of the new schema: a user is made anew when touched, the rest in the
    /// background. Needs a higher number than the schema in force.
    /// </summary>
    /// <exception cref="ArgumentException">The schema or a policy cannot be; the running ones stay.</exception>
    /// <exception cref="InvalidOperationException">Users are still being rebuilt for the change before.</exception>
    public Task ChangeSchemaAsync(MemorySchema schema, PolicySet? policies = null) =>
        _opened.Schemas.ChangeAsync(schema, policies);

    /// <summary>
    /// Another sequence encoder while serving. Where its item vectors are not those of the items, items and users
    /// change over to its vector space at once: no answer mixes two, no request is refused; users are made anew as for
    /// a change of schema, and an item that the model does not know has no direction until it is put again. The encoder
    /// is the engine's when this returns; when it throws it stays the caller's.
    /// </summary>
    /// <exception cref="ArgumentException">It cannot be; the one before serves on.</exception>
    /// <exception cref="InvalidOperationException">Users are still being rebuilt for the change before.</exception>
    public Task ChangeModelAsync(SequenceEncoder encoder) => _opened.Models.ChangeAsync(encoder);

    /// <summary>Done when every user is of the schema in force.</summary>
    public Task SettleSchemaAsync() => _opened.Schemas.SettleAsync();

    /// <summary>Swaps all policies at once; a request sees the old or the new ones, never some of both.</summary>
    /// <exception cref="ArgumentException">One does not fit the schema; the running ones stay.</exception>
    public void SetPolicies(PolicySet policies) => _core.SetPolicies(policies);

    /// <summary>
    /// Done when the sources of the policy in force are built and hold every event that was answered before.
    /// </summary>
    public Task SettleSourcesAsync() => _core.Sources.SettleAsync();

    /// <summary>
    /// From here on events teach no source, until a policy asks for other tables; what was learned serves on.
    /// </summary>
    public Task FreezeSourcesAsync() => _core.Sources.FreezeAsync();

    /// <summary>From here on events teach again, after <see cref="FreezeSourcesAsync"/>.</summary>
    public Task ResumeSourcesAsync() => _core.Sources.ResumeAsync();

    /// <summary>
    /// The path that allocates nothing: hands a filled request to the partitions of its users. Its Completion is told
    /// exactly once, possibly before this returns. Never throws for what a request holds.
    /// </summary>
    public void Submit(EngineRequest request) => _core.Router.Submit(request);

    /// <summary>
    /// The same for a caller that has several requests at a time: one handoff a caller, kept. Idle partitions are
    /// served on the thread that sends.
    /// </summary>
    public IRequestHandoff NewHandoff() => _core.Router.NewHandoff();

    /// <summary>Every entry of the partition up to this sequence survives a crash.</summary>
    public ulong DurableSequence(ushort partition) => _core.Log.DurableSequence(partition);

    public EngineStats GetStats() => StatsReader.Read(_opened);

    /// <summary>SHA-256 over every user's folded bytes in key order and each partition's folded counters.</summary>
    public async Task<byte[]> ComputeStateHashAsync()
    {
        await SettleSchemaAsync().ConfigureAwait(false);
        return await StateHash.ComputeAsync(_core).ConfigureAwait(false);
    }

    /// <summary>
    /// Writes and publishes a base of every partition while serving. Does nothing for an engine in memory.
    /// </summary>
    public async Task ExportAsync(CancellationToken cancellation = default)
    {
        if (_opened.Exporter is { } exporter)
        {
            await SettleSchemaAsync().WaitAsync(cancellation).ConfigureAwait(false);
            await exporter.ExportAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Copies the engine's folder, while serving, to a folder that is new or empty: the last base and all that is
    /// committed of the logs, with a manifest of their checksums. <see cref="EngineFolder"/> verifies and restores it.
    /// </summary>
    /// <exception cref="InvalidOperationException">The engine is in memory.</exception>
    /// <exception cref="StoreException">The target holds something, or cannot be written.</exception>
    public Task<BackupManifest> BackupAsync(string target, CancellationToken cancellation = default) =>
        _opened.Exporter is { } exporter
            ? exporter.BackupAsync(target, cancellation)
            : throw new InvalidOperationException("an engine in memory has no folder to back up");

    /// <summary>Completes what is in flight, commits, exports, releases the folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _metrics.Dispose();
            await _opened.DisposeAsync().ConfigureAwait(false);
        }
    }
}
