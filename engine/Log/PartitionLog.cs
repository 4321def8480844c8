using System.Globalization;
using FASTER.core;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Log;

/// <summary>
/// One partition of <see cref="FasterEventLog"/>: the log library over its segment files, its durable mark and its
/// epoch. Appends come from one caller at a time; commits, reads and trims from any thread. Invariant: the mark on
/// disk never covers an entry that is not synced, and segments are deleted only after both slots stopped naming them.
/// </summary>
internal sealed class PartitionLog : IDisposable
{
    private readonly Lock _sync = new();
    private readonly Lock _markLock = new();
    private readonly string _folder;
    private readonly ushort _partition;
    private readonly CommitFile _commits;
    private readonly SegmentDevice _device;
    private readonly CommitBridge _bridge;
    private readonly FasterLog _log;
    private readonly Action _onCommitted;
    private byte[] _frame = new byte[4096];
    private uint _epoch;
    private ulong _tail;
    private ulong _commitSequence;
    private CommitPoint _durable;
    private TaskCompletionSource<ulong>? _running;
    private TaskCompletionSource<ulong>? _following;
    private EventLogException? _failure;
    private bool _isClosed;

    private PartitionLog(string folder, ushort partition, int bufferBytes, PartitionRecovery.Result opened)
    {
        _folder = folder;
        _partition = partition;
        _commits = opened.Commits;
        _durable = opened.Point;
        _tail = _commitSequence = opened.Point.LastSequence;
        _epoch = opened.Epoch;
        _onCommitted = OnCommitted;
        _device = new SegmentDevice(folder, SegmentLayout.SegmentOf(_durable.BeginAddress));
        _bridge = new CommitBridge(_durable, RecordCommit);
        _log = new FasterLog(new FasterLogSettings
        {
            LogDevice = _device,
            LogCommitManager = _bridge,
            PageSize = SegmentLayout.PageBytes,
            SegmentSize = SegmentLayout.SegmentBytes,
            MemorySize = bufferBytes,
            TryRecoverLatest = false,
        });
    }

    public ulong FirstSequence
    {
        get
        {
            lock (_sync)
            {
                return _durable.FirstSequence;
            }
        }
    }

    public CommitPoint Durable
    {
        get
        {
            lock (_sync)
            {
                return _durable;
            }
        }
    }

    /// <summary>Where tests make a sync fail.</summary>
    internal Action? BeforeSync
    {
        set => _device.BeforeSync = value;
    }

    /// <summary>Opens the folder or makes it; the caller then raises the epoch.</summary>
    public static PartitionLog Open(string folder, ushort partition, int bufferBytes, ILogger? logger)
    {
        PartitionRecovery.Result opened = new PartitionRecovery(folder, partition, logger).Open();
        PartitionLog? log = null;
        try
        {
            log = new PartitionLog(folder, partition, bufferBytes, opened);
            log.RecoverLibrary();
            return log;
        }
        catch
        {
            log?.Dispose();
            opened.Commits.Dispose();
            throw;
        }
    }

    public PartitionTail RaiseEpoch()
    {
        // What an earlier owner in this process appended belongs to the log: settle it before the tail is told.
        CommitAsync().AsTask().GetAwaiter().GetResult();
        lock (_markLock)
        {
            CommitPoint durable = Durable;
            uint epoch = checked(_epoch + 1);
            OwnerFile.Write(_folder, _partition, new PartitionTail(epoch, durable.LastSequence));
            lock (_sync)
            {
                _epoch = epoch;
                return new PartitionTail(epoch, _tail);
            }
        }
    }

    public AppendResult Append(
        uint epoch, ulong expected, ReadOnlySpan<byte> payloads, ReadOnlySpan<int> payloadLengths)
    {
        lock (_sync)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (epoch != _epoch)
            {
                return new AppendResult(AppendOutcome.Fenced, _tail);
            }

            if (_failure is not null || _device.Failure is not null)
            {
                return new AppendResult(AppendOutcome.Refused, _tail);
            }

            if (expected != _tail)
            {
                return new AppendResult(AppendOutcome.Conflict, _tail);
            }

            PayloadCheck.Verify(payloads, payloadLengths);
            foreach (int length in payloadLengths)
            {
                EnqueueFrame(payloads[..length]);
                payloads = payloads[length..];
            }

            return new AppendResult(AppendOutcome.Appended, _tail);
        }
    }

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
                if (_durable.LastSequence == _tail)
                {
                    return new ValueTask<ulong>(_tail);
                }

                _running = NewCompletion();
                Task<ulong> started = _running.Task;
                StartCommit();
                return new ValueTask<ulong>(started);
            }

            if (_commitSequence == _tail)
            {
                return new ValueTask<ulong>(_running.Task);
            }

            _following ??= NewCompletion();
            return new ValueTask<ulong>(_following.Task);
        }
    }

    public IEventLogReader ReadFrom(ulong sequence)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sequence);
        CommitPoint durable;
        ulong tail;
        lock (_sync)
        {
            durable = _durable;
            tail = _tail;
        }

        if (sequence < durable.FirstSequence)
        {
            throw LogFault.Damaged(
                _folder, _partition, sequence, Invariant($"trimmed, the first held is {durable.FirstSequence}"));
        }

        if (sequence > tail + 1)
        {
            throw LogFault.Damaged(
                _folder, _partition, sequence, Invariant($"the log ends at {tail}, before what was asked for"));
        }

        return new PartitionReader(this, _folder, _partition, sequence);
    }

    public void TrimBelow(ulong sequence)
    {
        lock (_markLock)
        {
            CommitPoint durable = Durable;
            if (sequence > durable.LastSequence + 1)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(sequence), sequence, "entries that are not durable yet cannot be covered by a base");
            }

            if (sequence <= durable.FirstSequence)
            {
                return;
            }

            try
            {
                WriteTrim(durable, sequence);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                Fail(failure);
                throw Rethrown(_failure!);
            }
        }
    }

    /// <summary>Commits, records the mark and lets go of the files. After a failure it only lets go.</summary>
    public async ValueTask CloseAsync()
    {
        try
        {
            if (_failure is null)
            {
                ulong last = await CommitAsync().ConfigureAwait(false);
                lock (_markLock)
                {
                    OwnerFile.Write(_folder, _partition, new PartitionTail(_epoch, last));
                }
            }
        }
        finally
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        lock (_sync)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
        }

        _log.Dispose();
        _device.Dispose();
        _commits.Dispose();
        _bridge.Dispose();
    }

    private void RecoverLibrary()
    {
        if (_durable.UntilAddress == SegmentLayout.FirstAddress)
        {
            return;
        }

        _log.Recover(_durable.CommitNumber);
        if (_log.TailAddress != _durable.UntilAddress || _device.Failure is not null)
        {
            throw LogFault.Damaged(
                _folder,
                _partition,
                _durable.LastSequence,
                Invariant($"recovery came to address {_log.TailAddress} instead of {_durable.UntilAddress}"),
                _device.Failure);
        }
    }

    private void EnqueueFrame(ReadOnlySpan<byte> payload)
    {
        int bytes = LogFrame.HeaderBytes + payload.Length;
        if (_frame.Length < bytes)
        {
            _frame = new byte[LogFrame.HeaderBytes + LogFrame.PayloadBytesMax];
        }

        LogFrame.Write(_frame, _partition, new LogPosition(_epoch, _tail + 1), payload);

        // Cannot wait for ever: the device takes page writes on this very thread and never fails them.
        _log.Enqueue(_frame.AsSpan(0, bytes));
        _tail++;
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

    // The library's commit worker: the entries are written; sync them, then the mark that covers them.
    private void RecordCommit(long untilAddress, long commitNumber)
    {
        lock (_markLock)
        {
            CommitPoint next = Durable with
            {
                Generation = Durable.Generation + 1,
                LastSequence = _commitSequence,
                UntilAddress = untilAddress,
                CommitNumber = commitNumber,
            };
            try
            {
                _device.Sync();
                _commits.Write(next);
            }
            catch (Exception failure)
            {
                Fail(failure);
                throw;
            }

            SetDurable(next);
        }
    }

    private void OnCommitted()
    {
        TaskCompletionSource<ulong>? done;
        ulong durable;
        lock (_sync)
        {
            durable = _durable.LastSequence;
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

    private void WriteTrim(CommitPoint durable, ulong sequence)
    {
        long begin = durable.UntilAddress;
        if (sequence <= durable.LastSequence)
        {
            using FrameCursor cursor = new(_folder, _partition);
            begin = SequenceSearch.AddressOf(cursor, durable, sequence)
                ?? throw LogFault.Damaged(_folder, _partition, sequence, cursor.Fault);
        }

        CommitPoint trimmed = durable with
        {
            Generation = durable.Generation + 1,
            FirstSequence = sequence,
            BeginAddress = begin,
        };
        OwnerFile.Write(_folder, _partition, new PartitionTail(_epoch, durable.LastSequence));

        // Both slots: falling back to one that names deleted segments would lose the log.
        _commits.Write(trimmed);
        trimmed = trimmed with { Generation = trimmed.Generation + 1 };
        _commits.Write(trimmed);
        SetDurable(trimmed);

        int first = SegmentLayout.SegmentOf(begin);
        for (int segment = SegmentLayout.SegmentOf(durable.BeginAddress); segment < first; segment++)
        {
            _device.RemoveSegment(segment);
        }
    }

    private void SetDurable(in CommitPoint point)
    {
        lock (_sync)
        {
            _durable = point;
        }
    }

    private void Fail(Exception failure)
    {
        TaskCompletionSource<ulong>? running;
        TaskCompletionSource<ulong>? following;
        EventLogException reason;
        lock (_sync)
        {
            reason = _failure ??= LogFault.Failed(_folder, _partition, _durable.LastSequence, failure);
            (running, following) = (_running, _following);
            (_running, _following) = (null, null);
        }

        running?.TrySetException(reason);
        following?.TrySetException(reason);
    }

    private static TaskCompletionSource<ulong> NewCompletion() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static EventLogException Rethrown(EventLogException failure) => new(failure.Message, failure);
}
