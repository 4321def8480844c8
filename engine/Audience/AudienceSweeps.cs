using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Store;

namespace Ebb.Engine.Audience;

/// <summary>
/// Sweeps over all users, for one item or for their drift, one sweep at a time: a slice of a partition's users in a
/// turn of its writer, then to the back of its queue, so that requests wait for a slice at most. Any thread may ask.
/// </summary>
internal sealed class AudienceSweeps(EngineCore core)
{
    /// <summary>Users of a turn: some tens of microseconds.</summary>
    internal const int SliceUserCount = 64;

    /// <summary>Sweeps waiting; past it a call is refused at once.</summary>
    private const int WaitingCountMax = 64;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _stop = new();
    private int _waitingCount;

    /// <summary>What the last sweep for drift found; null before the first.</summary>
    public PopulationDrift? LastDrift { get; private set; }

    public async Task<AudienceList> FindAsync(AudienceQuery query)
    {
        EngineRequestException.ThrowIfRefused(Judge(query));
        AudienceItem item = null!;
        AudienceSink sink = await RunAsync(schema =>
        {
            item = Find(query);
            return new AudienceSink(query, item, schema, core.Backend);
        }).ConfigureAwait(false);
        return new AudienceList(sink.Take())
        {
            UserCount = sink.UserCount,
            FitCount = sink.FitCount,
            ExpectedCount = sink.ExpectedCount,
            Generation = item.Generation,
        };
    }

    /// <summary>How far everybody has drifted from the list that they hold.</summary>
    public async Task<PopulationDrift> DriftAsync()
    {
        DriftSink sink = await RunAsync(schema => new DriftSink(schema, core.Backend)).ConfigureAwait(false);
        PopulationDrift drift = sink.Take();
        LastDrift = drift;
        return drift;
    }

    private async Task<TSink> RunAsync<TSink>(Func<SchemaInForce, TSink> begin)
        where TSink : IPopulationSink
    {
        if (Interlocked.Increment(ref _waitingCount) > WaitingCountMax)
        {
            Interlocked.Decrement(ref _waitingCount);
            throw new EngineRequestException(EntryStatus.Overloaded);
        }

        bool isMine = false;
        try
        {
            await _turn.WaitAsync(_stop.Token).ConfigureAwait(false);
            isMine = true;
            return await SweepAsync(begin).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is OperationCanceledException or ObjectDisposedException)
        {
            throw new EngineRequestException(EntryStatus.ShuttingDown);
        }
        finally
        {
            Interlocked.Decrement(ref _waitingCount);
            if (isMine)
            {
                _turn.Release();
            }
        }
    }

    /// <summary>Before the partitions drain: waits until no slice is under way, and none comes after it.</summary>
    public Task StopAsync()
    {
        _stop.Cancel();
        return _turn.WaitAsync();
    }

    private static EntryStatus Judge(AudienceQuery query)
    {
        if (!query.Item.IsValid)
        {
            return EntryStatus.IdLength;
        }

        return query.Count is >= 1 and <= AudienceQuery.CountMax ? EntryStatus.Ok : EntryStatus.KOutOfRange;
    }

    private async Task<TSink> SweepAsync<TSink>(Func<SchemaInForce, TSink> begin)
        where TSink : IPopulationSink
    {
        SchemaInForce schema = core.Schema;
        TSink sink = begin(schema);
        foreach (Partition partition in core.Partitions)
        {
            await SweepAsync(partition, schema, sink).ConfigureAwait(false);
        }

        sink.Settle(isEnd: true);

        return sink;
    }

    private AudienceItem Find(AudienceQuery query)
    {
        long nowMs = query.NowMs ?? core.Options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        using CatalogueLease lease = core.Catalogue.Read();
        return lease.TryFind(query.Item.Span, out int row)
            ? new AudienceItem((uint)row, lease.Vector(row).ToArray(), nowMs, lease.Generation)
            : throw new EngineRequestException(EntryStatus.UnknownItem);
    }

    private async Task SweepAsync(Partition partition, SchemaInForce schema, IPopulationSink sink)
    {
        (InterestStore store, UserScan scan) = await TurnAsync(partition, turn =>
        {
            CheckSchema(turn, schema);
            InterestStore begun = turn.Batch.Parts.Store;
            return (begun, begun.BeginScan());
        }).ConfigureAwait(false);
        try
        {
            int read;
            do
            {
                _stop.Token.ThrowIfCancellationRequested();
                read = await TurnAsync(partition, turn =>
                {
                    CheckSchema(turn, schema);
                    sink.Enter(turn.Batch.Parts);
                    return store.ReadNext(scan, SliceUserCount, sink);
                }).ConfigureAwait(false);
                sink.Settle(isEnd: false);
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

    /// <summary>While users are made anew for another schema half of them cannot be read alike: come back.</summary>
    private static void CheckSchema(Partition turn, SchemaInForce schema)
    {
        if (turn.Batch.Parts.Schema.Json != schema.Json || turn.Batch.Parts.Rebuild is { PendingCount: > 0 })
        {
            throw new EngineRequestException(EntryStatus.Overloaded);
        }
    }

    private static Task<TResult> TurnAsync<TResult>(Partition partition, Func<Partition, TResult> function)
    {
        var turn = new ExclusiveTurn<TResult>(function);
        partition.Post(turn);
        return turn.Result;
    }
}
