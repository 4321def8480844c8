using Ebb.Engine.Batching;
using Ebb.Engine.Encoders;
using Ebb.Engine.Log;
using Ebb.Engine.Sources;

namespace Ebb.Engine.Recovery;

/// <summary>An engine as the opener hands it over, and how it is closed again.</summary>
internal sealed class OpenedEngine(EngineCore core, BaseExporter? exporter, IDisposable? folderLock, bool ownsBackend)
    : IAsyncDisposable
{
    private static readonly TimeSpan DrainTimeMax = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan TunerPace = TimeSpan.FromMinutes(1);

    private ITimer? _upkeep;
    private ITimer? _tuners;
    private ITimer? _driftSweeps;
    private int _isSweeping;
    private ModelSwap? _models;

    public EngineCore Core => core;

    public IdleExpiry Idle { get; } = new(core, EngineLog.For(core.Options));

    public SchemaChanger Schemas { get; } = new(core, exporter, EngineLog.For(core.Options));

    public ModelSwap Models => LazyInitializer.EnsureInitialized(
        ref _models, () => new ModelSwap(core, Schemas, EngineLog.For(core.Options)));

    /// <summary>Null for an engine in memory.</summary>
    public BaseExporter? Exporter => exporter;

    /// <summary>Starts what runs beside the requests: commits, expiry, exports.</summary>
    public void Start()
    {
        foreach (Partition partition in core.Partitions)
        {
            partition.Batch.Parts.Commits.Start();
        }

        core.Catalogue.SettleGraph();
        core.Learner.Start();
        var resolver = new ParkedResolver(core.Catalogue);
        core.Catalogue.ItemsKnown += _ => PostToAll(resolver);

        core.Sources.Apply(LearningPlan.Of(core.Policies.Set));
        core.Sources.BegunAsync().GetAwaiter().GetResult();

        // Items may have come while events were parked for them and the process went down between the two.
        PostToAll(resolver);
        if (exporter is null)
        {
            core.DurableAdvanced += TrimMemoryLog;
        }

        var expiry = new ParkedExpiry();
        _upkeep = core.Options.Clock.CreateTimer(
            _ => PostToAll(expiry), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        core.Shadows.SetPolicies(core.Policies);
        _tuners = core.Options.Clock.CreateTimer(_ => StepTuners(), null, TunerPace, TunerPace);
        if (core.Options.DriftSweepInterval is { Ticks: > 0 } pace)
        {
            _driftSweeps = core.Options.Clock.CreateTimer(_ => _ = SweepDriftAsync(), null, pace, pace);
        }

        exporter?.Start();
        Idle.Start();
        core.Merges.ResumeAsync().GetAwaiter().GetResult();
        Schemas.Resume();
    }

    /// <summary>
    /// Refuses new requests, lets those inside finish, commits, exports a last base, and lets the folder go. What
    /// cannot be exported is still in the log.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await CloseServingAsync().ConfigureAwait(false);
        }
        finally
        {
            await ReleaseAsync().ConfigureAwait(false);
        }
    }

    // Policies that were made for the schema before must not come in force while it changes.
    private void StepTuners()
    {
        if (!Schemas.IsChanging)
        {
            core.Tuners.TryStep();
        }
    }

    // Refused while users are made anew, or at the end: the next one comes.
    private async Task SweepDriftAsync()
    {
        if (Interlocked.Exchange(ref _isSweeping, 1) != 0)
        {
            return;
        }

        try
        {
            await core.Audiences.DriftAsync().ConfigureAwait(false);
        }
        catch (EngineRequestException)
        {
        }
        finally
        {
            Volatile.Write(ref _isSweeping, 0);
        }
    }

    private async Task CloseServingAsync()
    {
        core.Router.Close();
        _upkeep?.Dispose();
        _tuners?.Dispose();
        _driftSweeps?.Dispose();
        await core.Shadows.StopAsync().ConfigureAwait(false);
        await core.Learner.StopAsync().ConfigureAwait(false);
        await core.Sources.StopAsync().ConfigureAwait(false);
        await core.Audiences.StopAsync().ConfigureAwait(false);
        await Idle.StopAsync().ConfigureAwait(false);
        await Schemas.StopAsync().ConfigureAwait(false);
        using var patience = new CancellationTokenSource(DrainTimeMax);
        await Task.WhenAll(core.Partitions.Select(DrainAsync)).WaitAsync(patience.Token).ConfigureAwait(false);
        await core.Edits.SettleAsync().WaitAsync(patience.Token).ConfigureAwait(false);
        if (exporter is not null)
        {
            await exporter.StopAsync().ConfigureAwait(false);
        }

        // In this order: lists that are encoded may go on to the scanner.
        core.Encoders.Dispose();
        core.Scanner.Dispose();
        foreach (Partition partition in core.Partitions)
        {
            partition.Batch.Parts.Commits.Stop();
        }

        if (exporter is not null)
        {
            await exporter.ExportLastAsync().ConfigureAwait(false);
        }
    }

    private async Task ReleaseAsync()
    {
        try
        {
            core.Dispose();
            await core.Log.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            core.Catalogue.Dispose();
            if (ownsBackend)
            {
                core.Backend.Dispose();
            }

            // Last, and whatever failed before it: the next process must be able to open the folder.
            folderLock?.Dispose();
        }
    }

    // A turn runs between batches: once one has run with nothing queued, nothing is inside any more.
    private static async Task DrainAsync(Partition partition)
    {
        do
        {
            var turn = new ExclusiveTurn<bool>(_ => true);
            partition.Post(turn);
            await turn.Result.ConfigureAwait(false);
        }
        while (partition.QueuedCount > 0);
    }

    private void PostToAll(IPartitionJob job)
    {
        foreach (Partition partition in core.Partitions)
        {
            partition.Post(job);
        }
    }

    /// <summary>Nothing replays a log in memory: what is folded is let go.</summary>
    private void TrimMemoryLog()
    {
        foreach (Partition partition in core.Partitions)
        {
            core.Log.TrimBelow(partition.Id, core.Log.DurableSequence(partition.Id) + 1);
        }

        core.Log.TrimBelow(
            IEventLog.CataloguePartition, core.Log.DurableSequence(IEventLog.CataloguePartition) + 1);
    }
}
