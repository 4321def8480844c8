namespace Ebb.Engine.Log;

/// <summary>
/// The commits of a partition: the library writes what was appended, then somebody syncs it and the mark moves. At most
/// one runs and one waits for it to end, however many callers there are.
/// </summary>
internal sealed partial class PartitionLog
{
    public ValueTask<ulong> CommitAsync()
    {
        lock (_sync)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (_failure is not null)
            {
                throw Rethrown(_failure);
            }

            if (_running is null)
            {
                if (Durable.LastSequence == _tail)
                {
                    return new ValueTask<ulong>(_tail);
                }

                _running = NewCompletion();
                Task<ulong> started = _running.Task;
                StartCommit();
                return new ValueTask<ulong>(started);
            }

            return new ValueTask<ulong>(Joined());
        }
    }

    /// <summary>
    /// The same for a thread that may block: the sync is made on it, so that it takes no thread from the pool.
    /// </summary>
    public ulong Commit()
    {
        Task<ulong>? joined;
        lock (_sync)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (_failure is not null)
            {
                throw Rethrown(_failure);
            }

            if (_running is null && Durable.LastSequence == _tail)
            {
                return _tail;
            }

            joined = _running is null ? null : Joined();
            if (joined is null)
            {
                _running = NewCompletion();
                _callerSyncs = true;
                StartCommitHelping();
                if (_failure is not null)
                {
                    throw Rethrown(_failure);
                }
            }
        }

        if (joined is not null)
        {
            return joined.GetAwaiter().GetResult();
        }

        _device.Pages.WriteQueued();
        _written.Wait();
        FinishCommit();
        return _failure is null ? Durable.LastSequence : throw Rethrown(_failure);
    }

    // Under _sync: what a caller gets who comes while a commit runs.
    private Task<ulong> Joined()
    {
        if (_commitSequence != _tail)
        {
            _following ??= NewCompletion();
        }

        return (_commitSequence == _tail ? _running : _following)!.Task;
    }

    // Under _sync: the sequence and the library's tail must be of one moment.
    private void StartCommit()
    {
        _commitSequence = _tail;
        if (!_log.CommitStrongly(out _, out _, spinWait: false, cookie: null, -1, _onCommitted))
        {
            Fail(new InvalidOperationException("the log library found nothing to commit"));
        }
    }

    // This thread will wait for the pages in any case: nobody else need be woken to write them.
    private void StartCommitHelping()
    {
        _device.Pages.HelpByCaller(true);
        try
        {
            StartCommit();
        }
        finally
        {
            _device.Pages.HelpByCaller(false);
        }
    }

    // The library's commit worker: the entries are written, not synced. Nobody asks the library what is durable.
    private void RecordCommit(long untilAddress, long commitNumber) => _writtenTo = (untilAddress, commitNumber);

    private void OnCommitted()
    {
        if (_callerSyncs)
        {
            _callerSyncs = false;
            _written.Set();
        }
        else
        {
            FinishCommit();
        }
    }

    // One at a time: the next commit is started here, once this one has ended.
    private void FinishCommit()
    {
        try
        {
            _device.Sync();
            _mark.Advance(_commitSequence, _writtenTo.UntilAddress, _writtenTo.CommitNumber);
        }
        catch (Exception failure)
        {
            Fail(failure);
            return;
        }

        TaskCompletionSource<ulong>? done;
        ulong durable;
        lock (_sync)
        {
            durable = Durable.LastSequence;
            done = _running;
            _running = _following;
            _following = null;
            if (_running is not null)
            {
                StartCommit();
            }
        }

        done?.TrySetResult(durable);
    }

    private void Fail(Exception failure)
    {
        TaskCompletionSource<ulong>? running;
        TaskCompletionSource<ulong>? following;
        EventLogException reason;
        lock (_sync)
        {
            reason = _failure ??= LogFault.Failed(_folder, _partition, Durable.LastSequence, failure);
            (running, following) = (_running, _following);
            (_running, _following) = (null, null);
        }

        running?.TrySetException(reason);
        following?.TrySetException(reason);
    }

    private static TaskCompletionSource<ulong> NewCompletion() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}
