using Ebb.Engine.Batching;
using Ebb.Engine.Store;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Sources;

/// <summary>
/// Keeps the population's tables for the policy in force: none, and no cost, while no source is learned. A change of
/// plan builds new tables from the users' records (their last events) while serving, in slices of a partition's turn.
/// Any thread may call it.
/// </summary>
internal sealed class PopulationSources(Func<Partition[]> partitionsOf, ILogger logger)
{
    private const int SliceUserCount = 64;

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly SourceLearner _learner = new(logger);
    private LearningPlan? _plan;
    private Task _work = Task.CompletedTask;
    private Task _begun = Task.CompletedTask;
    private SourceTables? _tables;

    /// <summary>What to read sources from; null while nothing is learned.</summary>
    public SourceTables? Tables => Volatile.Read(ref _tables);

    /// <summary>Events that did not fit between a partition and the learner.</summary>
    public long DroppedCount => _learner.DroppedCount;

    /// <summary>From here on this is learned; null for nothing. Returns at once.</summary>
    public void Apply(LearningPlan? plan)
    {
        lock (_gate)
        {
            if (plan != _plan && !_stop.IsCancellationRequested)
            {
                var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _plan = plan;
                _begun = begun.Task;
                _work = SwitchAsync(_work, plan, begun);
            }
        }
    }

    /// <summary>
    /// Done when partitions without a past feed the tables: an event observed after it is learned. (One that comes
    /// while a past is still read in teaches as well, but then that user's past is left out.)
    /// </summary>
    public Task BegunAsync()
    {
        lock (_gate)
        {
            return _begun;
        }
    }

    /// <summary>Done when the tables are built and every event that was answered before is in them and shown.</summary>
    public async Task SettleAsync()
    {
        Task work;
        lock (_gate)
        {
            work = _work;
        }

        await work.ConfigureAwait(false);
        await _learner.SettleAsync().ConfigureAwait(false);
    }

    /// <summary>Stops feeding for good, what is learned stays and is read on.</summary>
    public async Task FreezeAsync()
    {
        await SettleAsync().ConfigureAwait(false);
        await FeedAsync(_ => null).ConfigureAwait(false);
        await _learner.SettleAsync().ConfigureAwait(false);
    }

    /// <summary>Feeds on after <see cref="FreezeAsync"/>.</summary>
    public async Task ResumeAsync()
    {
        await SettleAsync().ConfigureAwait(false);
        if (Tables is not null)
        {
            LearnRing[] rings = _learner.OpenRings(partitionsOf().Length);
            await FeedAsync(partition => rings[partition.Id]).ConfigureAwait(false);
        }
    }

    /// <summary>Before the partitions drain: no slice of a rebuild is under way after it.</summary>
    public async Task StopAsync()
    {
        Task work;
        lock (_gate)
        {
            _stop.Cancel();
            work = _work;
        }

        await work.ConfigureAwait(false);
    }

    private async Task SwitchAsync(Task before, LearningPlan? plan, TaskCompletionSource begun)
    {
        await before.ConfigureAwait(false);
        await Task.Yield();
        try
        {
            await FeedAsync(_ => null).ConfigureAwait(false);
            await _learner.SettleAsync().ConfigureAwait(false);
            SourceTables? tables = plan is null ? null : new SourceTables(plan);
            _learner.Tables = tables;
            Volatile.Write(ref _tables, tables);
            if (tables is not null)
            {
                LearnRing[] rings = _learner.OpenRings(partitionsOf().Length);
                var withPast = new List<Partition>();
                foreach (Partition partition in partitionsOf())
                {
                    if (!await TryFeedEmptyAsync(partition, rings[partition.Id]).ConfigureAwait(false))
                    {
                        withPast.Add(partition);
                    }
                }

                begun.TrySetResult();
                foreach (Partition partition in withPast)
                {
                    await RebuildAsync(partition, rings[partition.Id]).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
        catch (Exception failure) when (failure is IOException or StoreException or StoreCorruptException
            or ObjectDisposedException)
        {
            // What was learned so far serves, and live events go on teaching.
            EngineLog.LearnerFailed(logger, failure.Message, failure);
        }
        finally
        {
            begun.TrySetResult();
        }
    }

    /// <summary>True where nothing has ever happened: there is no past to read.</summary>
    private static Task<bool> TryFeedEmptyAsync(Partition partition, LearnRing ring) =>
        TurnAsync(partition, turn =>
        {
            bool isEmpty = turn.Batch.Tail == 0;
            turn.Batch.Parts.Fold.Feed = isEmpty ? ring : null;
            return isEmpty;
        });

    private async Task FeedAsync(Func<Partition, LearnRing?> ringOf)
    {
        foreach (Partition partition in partitionsOf())
        {
            await TurnAsync(partition, turn =>
            {
                turn.Batch.Parts.Fold.Feed = ringOf(turn);
                return true;
            }).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Live events teach from the scan's beginning on; a user who acts while it runs is left to what he does live, so
    /// that nothing teaches twice.
    /// </summary>
    private async Task RebuildAsync(Partition partition, LearnRing ring)
    {
        // A change of schema puts another store in place; the one begun with is scanned on while it stands.
        (InterestStore store, UserScan scan, ulong tail) = await TurnAsync(partition, turn =>
        {
            turn.Batch.Parts.Fold.Feed = ring;
            InterestStore begun = turn.Batch.Parts.Store;
            return (begun, begun.BeginScan(), turn.Batch.Tail);
        }).ConfigureAwait(false);
        var sink = new RecordSink(store.Shape, tail);
        try
        {
            int read;
            do
            {
                _stop.Token.ThrowIfCancellationRequested();
                read = await TurnAsync(
                    partition, _ => store.ReadNext(scan, SliceUserCount, sink))
                    .ConfigureAwait(false);
                if (sink.Take() is { Length: > 0 } slice)
                {
                    _learner.Add(slice);
                    await _learner.SettleAsync().ConfigureAwait(false);
                }
            }
            while (read > 0);
        }
        finally
        {
            await TurnAsync(partition, _ =>
            {
                scan.Dispose();
                return true;
            }).ConfigureAwait(false);
        }
    }

    private static Task<TResult> TurnAsync<TResult>(Partition partition, Func<Partition, TResult> function)
    {
        var turn = new ExclusiveTurn<TResult>(function);
        partition.Post(turn);
        return turn.Result;
    }
}
