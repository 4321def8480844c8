using Ebb.Engine.Batching;
using Ebb.Engine.Log;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Interest.Merging;

/// <summary>
/// Brings users from one key to another, over partitions: out of the one (durable), into the other (durable), said to
/// be done. A transfer that stopped between two steps goes on at the next merge of its partition and at open. Any
/// thread; one transfer of a partition at a time, in the order in which they left.
/// </summary>
internal sealed class UserMerges
{
    private readonly Func<ushort, Partition> _partitionOf;
    private readonly IEventLog _log;
    private readonly MergeTurns _turns;
    private readonly SemaphoreSlim[] _sources;

    public UserMerges(Func<ushort, Partition> partitionOf, int partitionCount, IEventLog log, MergeTurns turns)
    {
        _partitionOf = partitionOf;
        _log = log;
        _turns = turns;
        _sources = [.. Enumerable.Range(0, partitionCount).Select(_ => new SemaphoreSlim(1, 1))];
    }

    /// <summary>Answers the request when the user is where it belongs, durably.</summary>
    public async Task MergeAsync(EngineRequest request, ushort source)
    {
        await _sources[source].WaitAsync().ConfigureAwait(false);
        try
        {
            await DrainAsync(source).ConfigureAwait(false);
            request.Merged = await InTurnAsync(source, batch => _turns.TakeOut(request, batch)).ConfigureAwait(false);
            if (request.Merged is { Known: true })
            {
                await DrainAsync(source).ConfigureAwait(false);
            }
        }
        catch (EventLogException failure)
        {
            EngineLog.BatchFailed(LoggerOf(source), source, failure.Message, failure);
            request.Status = EntryStatus.StorageFailed;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            EngineLog.BatchFailed(LoggerOf(source), source, failure.Message, failure);
            request.Status = EntryStatus.Internal;
        }
        finally
        {
            _sources[source].Release();
        }

        _partitionOf(source).Batch.Answer(request);
    }

    /// <summary>Brings in whoever was on the way when the process went down. Before the first request.</summary>
    public async Task ResumeAsync()
    {
        for (ushort source = 0; source < _sources.Length; source++)
        {
            await DrainAsync(source).ConfigureAwait(false);
        }
    }

    private async Task DrainAsync(ushort source)
    {
        while (await InTurnAsync(source, batch => batch.Parts.State.Merges.First).ConfigureAwait(false)
            is { } merge)
        {
            // Were the arrival durable and the leaving not, a crash would leave the user under both keys; were "done"
            // durable and the arrival not, under neither.
            ushort target = StableHash.PlaceOf(merge.Target, _sources.Length).Partition;
            await _log.CommitAsync(source).ConfigureAwait(false);
            Check(await InTurnAsync(target, batch => _turns.PutIn(merge, source, batch)).ConfigureAwait(false));
            await _log.CommitAsync(target).ConfigureAwait(false);
            Check(await InTurnAsync(source, batch => MergeTurns.Finish(merge, batch)).ConfigureAwait(false));
        }
    }

    private async Task<TResult> InTurnAsync<TResult>(ushort partition, Func<PartitionBatch, TResult> step)
    {
        var turn = new ExclusiveTurn<TResult>(at => step(at.Batch));
        _partitionOf(partition).Post(turn);
        return await turn.Result.ConfigureAwait(false);
    }

    private ILogger LoggerOf(ushort partition) => _partitionOf(partition).Batch.Parts.Logger;

    private static void Check(bool isLogged)
    {
        if (!isLogged)
        {
            throw new EventLogException("the log refused a step of a merge; the user is on the way until it takes it");
        }
    }
}
