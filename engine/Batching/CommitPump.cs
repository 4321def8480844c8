using System.Collections.Concurrent;
using Ebb.Engine.Log;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Batching;

/// <summary>
/// Commits one partition's log in groups: at once while somebody waits for durability, otherwise within the commit
/// interval of an append, and not at all while nothing was appended. Whatever gathered during one sync goes with the
/// next.
/// </summary>
internal sealed class CommitPump(
    IEventLog log, ushort partition, TimeSpan interval, Action durableAdvanced, ILogger logger)
{
    private readonly ConcurrentQueue<(EngineRequest Request, ulong Sequence)> _waiting = new();
    private readonly SemaphoreSlim _appended = new(0, 1);
    private readonly SemaphoreSlim _urgent = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    /// <summary>Set when a sync failed: nothing is acknowledged any more.</summary>
    public bool Failed { get; private set; }

    public void Start() => _loop = Task.Run(LoopAsync);

    public void Appended() => Release(_appended);

    /// <summary>Completes this partition's share of the request once the sequence is durable.</summary>
    public void Await(EngineRequest request, ulong sequence)
    {
        if (log.DurableSequence(partition) >= sequence)
        {
            RequestCompletion.ShareDone(request);
            return;
        }

        // Signalled after it is queued, and for a whole round: a commit that ended between the check and the queue
        // would otherwise leave it waiting for the next append.
        _waiting.Enqueue((request, sequence));
        Release(_appended);
        Release(_urgent);
        if (Failed)
        {
            Refuse();
        }
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        if (!Failed)
        {
            await CommitAsync().ConfigureAwait(false);
        }
    }

    private async Task LoopAsync()
    {
        try
        {
            while (!Failed)
            {
                await _appended.WaitAsync(_stop.Token).ConfigureAwait(false);
                await _urgent.WaitAsync(interval, _stop.Token).ConfigureAwait(false);
                await CommitAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping: StopAsync commits what is left.
        }
    }

    private async Task CommitAsync()
    {
        try
        {
            ulong durable = await log.CommitAsync(partition).ConfigureAwait(false);
            Complete(durable);
            durableAdvanced();
        }
        catch (EventLogException failure)
        {
            Failed = true;
            EngineLog.CommitFailed(logger, partition, failure.Message);
            Refuse();
        }
    }

    private void Complete(ulong durable)
    {
        while (_waiting.TryPeek(out var head) && head.Sequence <= durable)
        {
            _waiting.TryDequeue(out _);
            RequestCompletion.ShareDone(head.Request);
        }

        // What came in while the sync ran was signalled before it could be served: signal again.
        if (!_waiting.IsEmpty)
        {
            Release(_appended);
            Release(_urgent);
        }
    }

    private void Refuse()
    {
        while (_waiting.TryDequeue(out var head))
        {
            head.Request.Status = EntryStatus.StorageFailed;
            RequestCompletion.ShareDone(head.Request);
        }
    }

    private static void Release(SemaphoreSlim semaphore)
    {
        try
        {
            if (semaphore.CurrentCount == 0)
            {
                semaphore.Release();
            }
        }
        catch (SemaphoreFullException)
        {
            // Two signals met; one is enough.
        }
    }
}
