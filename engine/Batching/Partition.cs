using System.Collections.Concurrent;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Batching;

/// <summary>
/// One partition's queue and its single writer. The writer is not a thread but a turn: whoever finds the partition idle
/// claims it, runs it at once or on the pool, and it takes whatever has gathered while the last batch ran. So one batch
/// runs at a time, an idle partition costs nothing, and batches grow by themselves under load.
/// </summary>
internal sealed class Partition(
    PartitionBatch batch, ItemCatalogue catalogue, int queueCountMax, ILogger logger) : IThreadPoolWorkItem
{
    private const int BatchCountMax = 256;
    private const int RetryAfterMsMax = 1000;

    // A thread that brought work serves what comes meanwhile this often before it goes back to its own.
    private const int InlineTurnsMax = 4;

    private readonly RequestInbox _requests = new();
    private readonly ConcurrentQueue<IPartitionJob> _jobs = new();
    private readonly ConcurrentQueue<ListJob> _finished = new();
    private readonly List<EngineRequest> _drained = new(BatchCountMax);
    private int _scheduled;
    private int _queuedCount;
    private int _admittedCount;

    public ushort Id => batch.Id;

    public PartitionBatch Batch => batch;

    public int QueuedCount => Volatile.Read(ref _queuedCount);

    /// <summary>False: a list that came now would wait for longer than it may, here and for its scan.</summary>
    public bool TryAdmitList(EngineRequest request)
    {
        ScanPressure pressure = batch.Parts.Scanner.Pressure;
        if (pressure.IsFullBehind(QueuedCount * batch.Parts.Counters.PaceMs))
        {
            return false;
        }

        request.IsAdmitted = pressure.HasPace;
        if (request.IsAdmitted)
        {
            pressure.Admitted(1);
        }

        return true;
    }

    /// <summary>An admitted list for which the queue has no room after all.</summary>
    public void TakeBack(EngineRequest request)
    {
        if (request.IsAdmitted)
        {
            batch.Parts.Scanner.Pressure.Admitted(-1);
        }
    }

    /// <summary>How long what waits takes, here and for a scan, at the pace of the last batches.</summary>
    public int RetryAfterMs => (int)Math.Clamp(
        (QueuedCount * batch.Parts.Counters.LastRequestMs) + batch.Parts.Scanner.Pressure.WaitMs, 1, RetryAfterMsMax);

    /// <summary>False when the queue has no room for all of the chain. The caller then claims or schedules.</summary>
    public bool TryPush(in RequestChain chain)
    {
        if (Interlocked.Add(ref _queuedCount, chain.Weight) > queueCountMax)
        {
            Interlocked.Add(ref _queuedCount, -chain.Weight);
            return false;
        }

        _requests.Push(chain);
        return true;
    }

    /// <summary>True: the partition was idle, and the caller must run its turn.</summary>
    public bool TryClaim() =>
        Volatile.Read(ref _scheduled) == 0 && Interlocked.CompareExchange(ref _scheduled, 1, 0) == 0;

    /// <summary>The same where there is something to do: another thread may have done it.</summary>
    public bool TryClaimWork() => HasWork() && TryClaim();

    public void Schedule()
    {
        if (TryClaim())
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    public void Post(IPartitionJob job)
    {
        _jobs.Enqueue(job);
        Schedule();
    }

    /// <summary>A list made on another thread: kept by the writer before its next batch.</summary>
    public void Return(ListJob job) => _finished.Enqueue(job);

    /// <summary>
    /// Serves on the thread that brought the work, which may be one that serves many sockets. What can take long (edits
    /// that read the log, jobs between batches) and what has not ended after some turns goes to the pool.
    /// </summary>
    public void ExecuteInline()
    {
        for (int turn = 0; turn < InlineTurnsMax && IsShort(); turn++)
        {
            try
            {
                RunTurn(takesJobs: false);
            }
            catch
            {
                // The claim goes on to the pool: without a writer the partition would be lost in silence.
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                throw;
            }

            if (TryRelease())
            {
                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public void Execute()
    {
        RunTurn(takesJobs: true);
        if (!TryRelease())
        {
            // One batch a turn, then to the back of the pool's queue: a writer that went on while there is work would
            // keep its thread from the connections that bring and take that work.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    // False: there is work, and the turn is still the caller's.
    private bool TryRelease()
    {
        if (HasWork())
        {
            return false;
        }

        // A full barrier: a pusher that still saw the claim has its work seen here.
        Interlocked.Exchange(ref _scheduled, 0);
        return !HasWork() || !TryClaim();
    }

    private bool IsShort() => _jobs.IsEmpty && _requests.Peek() is not { RunsAlone: true };

    private bool HasWork() => !_requests.IsEmpty || !_jobs.IsEmpty;

    // A job may wait (for an export's pause): never on a thread that serves sockets.
    private void RunTurn(bool takesJobs)
    {
        while (_finished.TryDequeue(out ListJob? finished))
        {
            batch.KeepList(finished);
        }

        while (takesJobs && _jobs.TryDequeue(out IPartitionJob? job))
        {
            RunJob(job);
        }

        int weight = Drain();
        if (weight > 0)
        {
            PartitionParts parts = batch.Parts;
            parts.Counters.BatchBegins(_drained, isFull: weight >= BatchCountMax, parts.Clock);
            RunBatch(weight);
        }
    }

    private int Drain()
    {
        _drained.Clear();
        _admittedCount = 0;
        int weight = 0;
        while (weight < BatchCountMax && _requests.Peek() is { } request)
        {
            if (request.RunsAlone && _drained.Count > 0)
            {
                break;
            }

            weight += request.Weight;
            _admittedCount += request.IsAdmitted ? 1 : 0;
            _drained.Add(_requests.Take()!);
            if (request.RunsAlone)
            {
                break;
            }
        }

        if (weight > 0)
        {
            Interlocked.Add(ref _queuedCount, -weight);
        }

        return weight;
    }

    private void RunBatch(int weight)
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

        batch.Parts.Counters.BatchEnds(weight, batch.Parts.Clock);
        batch.Parts.Scanner.Pressure.Admitted(-_admittedCount);

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
