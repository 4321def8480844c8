using System.Collections.Concurrent;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Batching;

/// <summary>
/// One partition's queue and its single writer. The writer is not a thread but a turn: whoever finds the partition idle
/// schedules it on the pool, and it takes whatever has gathered while the last batch ran. So one batch runs at a time,
/// an idle partition costs nothing, and batches grow by themselves under load.
/// </summary>
internal sealed class Partition(
    PartitionBatch batch, ItemCatalogue catalogue, int queueCountMax, ILogger logger) : IThreadPoolWorkItem
{
    private const int BatchCountMax = 256;

    private readonly ConcurrentQueue<EngineRequest> _requests = new();
    private readonly ConcurrentQueue<IPartitionJob> _jobs = new();
    private readonly ConcurrentQueue<ListJob> _finished = new();
    private readonly List<EngineRequest> _drained = new(BatchCountMax);
    private int _scheduled;
    private int _queuedCount;

    public ushort Id => batch.Id;

    public PartitionBatch Batch => batch;

    public int QueuedCount => Volatile.Read(ref _queuedCount);

    /// <summary>False when the queue is full.</summary>
    public bool TryEnqueue(EngineRequest request)
    {
        if (Interlocked.Increment(ref _queuedCount) > queueCountMax)
        {
            Interlocked.Decrement(ref _queuedCount);
            return false;
        }

        _requests.Enqueue(request);
        Schedule();
        return true;
    }

    public void Post(IPartitionJob job)
    {
        _jobs.Enqueue(job);
        Schedule();
    }

    /// <summary>A list made on another thread: kept by the writer before its next batch.</summary>
    public void Return(ListJob job) => _finished.Enqueue(job);

    public void Execute()
    {
        RunTurn();
        if (HasWork())
        {
            // One batch a turn, then to the back of the pool's queue: a writer that went on while there is work would
            // keep its thread from the connections that bring and take that work.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            return;
        }

        Volatile.Write(ref _scheduled, 0);
        if (HasWork())
        {
            Schedule();
        }
    }

    private void Schedule()
    {
        if (Interlocked.CompareExchange(ref _scheduled, 1, 0) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private bool HasWork() => !_requests.IsEmpty || !_jobs.IsEmpty;

    private void RunTurn()
    {
        while (_finished.TryDequeue(out ListJob? finished))
        {
            batch.KeepList(finished);
        }

        while (_jobs.TryDequeue(out IPartitionJob? job))
        {
            RunJob(job);
        }

        Drain();
        if (_drained.Count > 0)
        {
            RunBatch();
        }
    }

    private void Drain()
    {
        _drained.Clear();
        while (_drained.Count < BatchCountMax && _requests.TryDequeue(out EngineRequest? request))
        {
            _drained.Add(request);
        }

        Interlocked.Add(ref _queuedCount, -_drained.Count);
    }

    private void RunBatch()
    {
        try
        {
            using CatalogueLease lease = catalogue.Read();
            batch.Run(_drained, lease);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            EngineLog.BatchFailed(logger, Id, failure.Message, failure);
            batch.Fail();
        }

        // Answered outside the lease: a caller that is told may go on to change the catalogue at once.
        batch.Answer();
    }

    private void RunJob(IPartitionJob job)
    {
        try
        {
            job.Run(this);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            EngineLog.BatchFailed(logger, Id, failure.Message, failure);
        }
    }
}
