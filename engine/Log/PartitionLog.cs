using System.Globalization;
using Ebb.Engine.Threading;
using FASTER.core;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Log;

/// <summary>
/// One partition of <see cref="FasterEventLog"/>: the log library over its segment files, its durable mark and its
/// epoch. Appends come from one caller at a time; commits, reads and trims from any thread. Invariant: the mark on
/// disk never covers an entry that is not synced, and segments are deleted only after the mark stopped naming them.
/// </summary>
internal sealed partial class PartitionLog : IDisposable
{
    private readonly Lock _sync = new();
    private readonly Lock _trimming = new();
    private readonly string _folder;
    private readonly ushort _partition;
    private readonly DurableMark _mark;
    private readonly SegmentDevice _device;
    private readonly CommitBridge _bridge;
    private readonly FasterLog _log;
    private readonly Action _onCommitted;
    private readonly LogFrameBatch _frames = new();
    private readonly WakeSignal _written = new();
    private uint _epoch;

    // What the owner file says: raised only once all of earlier owners is durable.
    private uint _recordedEpoch;
    private ulong _tail;
    private ulong _commitSequence;
    private TaskCompletionSource<ulong>? _running;
    private TaskCompletionSource<ulong>? _following;
    private (long UntilAddress, long CommitNumber) _writtenTo;
    private bool _callerSyncs;
    private EventLogException? _failure;
    private bool _isClosed;

    private PartitionLog(
        string folder, ushort partition, EventLogOptions options, PartitionRecovery.Result opened)
    {
        _folder = folder;
        _partition = partition;
        _mark = new DurableMark(folder, partition, opened.Commits, opened.Point, options.MarkSyncPeriod);
        _tail = _commitSequence = opened.Point.LastSequence;
        _epoch = _recordedEpoch = opened.Epoch;
        _onCommitted = OnCommitted;
        _device = new SegmentDevice(folder, SegmentLayout.SegmentOf(opened.Point.BeginAddress));
        _bridge = new CommitBridge(opened.Point, RecordCommit);
        _log = new FasterLog(new FasterLogSettings
        {
            LogDevice = _device,
            LogCommitManager = _bridge,
            PageSize = SegmentLayout.PageBytes,
            SegmentSize = SegmentLayout.SegmentBytes,
            MemorySize = options.BufferBytes,
            TryRecoverLatest = false,
        });
    }

    public CommitPoint Durable => _mark.Current;

    /// <summary>Where tests make a sync fail.</summary>
    internal Action? BeforeSync
    {
        set => _device.BeforeSync = value;
    }

    /// <summary>
    /// Opens the folder or makes it; the caller then raises the epoch. The buffer's size must suit the library.
    /// </summary>
    public static PartitionLog Open(
        string folder, ushort partition, EventLogOptions options, ILogger? logger)
    {
        PartitionRecovery.Result opened = new PartitionRecovery(folder, partition, logger).Open();
        PartitionLog? log = null;
        try
        {
            log = new PartitionLog(folder, partition, options, opened);
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
        // An earlier owner in this process is fenced first; what he appended until then belongs to the log and is
        // settled before the tail is told, which nobody moves any more.
        uint epoch;
        lock (_sync)
        {
            epoch = _epoch = checked(_epoch + 1);
        }

        CommitAsync().AsTask().GetAwaiter().GetResult();
        _mark.RecordOwner(epoch);
        lock (_sync)
        {
            _recordedEpoch = epoch;
            return new PartitionTail(epoch, _tail);
        }
    }

    public bool HasFailed => Volatile.Read(ref _failure) is not null || _device.Failure is not null;

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

            if (HasFailed)
            {
                return new AppendResult(AppendOutcome.Refused, _tail);
            }

            if (expected != _tail)
            {
                return new AppendResult(AppendOutcome.Conflict, _tail);
            }

            PayloadCheck.Verify(payloads, payloadLengths);
            EnqueueFrames(payloads, payloadLengths);
            return new AppendResult(AppendOutcome.Appended, _tail);
        }
    }

    public IEventLogReader ReadFrom(ulong sequence)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sequence);
        CommitPoint durable = Durable;
        ulong tail;
        lock (_sync)
        {
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

        return new PartitionReader(() => Durable, _folder, _partition, sequence);
    }

    public void TrimBelow(ulong sequence)
    {
        lock (_trimming)
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

            if (Volatile.Read(ref _failure) is { } failed)
            {
                // A failed sync is final: another one would prove nothing, and spoil the good slot.
                throw Rethrown(failed);
            }

            long begin = AddressOf(sequence, durable);
            try
            {
                _mark.Begin(sequence, begin, _recordedEpoch);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                Fail(failure);
                throw Rethrown(_failure!);
            }

            RemoveSegments(durable.BeginAddress, begin);
        }
    }

    /// <summary>
    /// The segment in which the log begins still holds what was trimmed before it: zeros take its place, synced. Nobody
    /// reads there any more, and nobody writes there but for the sector of the first entry.
    /// </summary>
    public void EraseTrimmed()
    {
        lock (_trimming)
        {
            try
            {
                TrimmedBytes.Erase(_folder, Durable.BeginAddress, _device.Pages.WhileStill);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                throw LogFault.Unreadable(_folder, _partition, failure);
            }
        }
    }

    /// <summary>Copies what is committed below another folder, as a log of its own.</summary>
    public void CopyTo(string folder)
    {
        lock (_trimming)
        {
            PartitionCopy.Write((_folder, folder), _partition, Durable, _recordedEpoch);
        }
    }

    /// <summary>Commits, records the mark and lets go of the files. After a failure it only lets go.</summary>
    public async ValueTask CloseAsync()
    {
        try
        {
            if (_failure is null)
            {
                await CommitAsync().ConfigureAwait(false);
                _mark.RecordOwner(_recordedEpoch);
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

        // The library waits for none of its pages and frees their memory.
        _device.Pages.Dispose();
        _log.Dispose();
        _device.Dispose();
        _mark.Dispose();
        _bridge.Dispose();
    }

    private void RecoverLibrary()
    {
        CommitPoint durable = Durable;
        if (durable.UntilAddress == SegmentLayout.FirstAddress)
        {
            return;
        }

        _log.Recover(durable.CommitNumber);
        if (_log.TailAddress != durable.UntilAddress || _device.Failure is not null)
        {
            throw LogFault.Damaged(
                _folder,
                _partition,
                durable.LastSequence,
                Invariant($"recovery came to address {_log.TailAddress} instead of {durable.UntilAddress}"),
                _device.Failure);
        }
    }

    private void EnqueueFrames(ReadOnlySpan<byte> payloads, ReadOnlySpan<int> lengths)
    {
        _frames.Clear();
        foreach (int length in lengths)
        {
            if (_frames.Bytes + LogFrame.HeaderBytes + length > LogFrameBatch.BytesMax)
            {
                Enqueue();
            }

            var position = new LogPosition(_epoch, _tail + (ulong)_frames.Count + 1);
            _frames.Add(_partition, position, payloads[..length]);
            payloads = payloads[length..];
        }

        Enqueue();
    }

    private void Enqueue()
    {
        if (_frames.Count > 0)
        {
            while (!_log.TryEnqueue(_frames, out _))
            {
                // The buffer is full. Cannot wait for ever: who waits writes, and the device never fails the library.
                _device.Pages.WriteQueued();
                Thread.Yield();
            }

            _tail += (ulong)_frames.Count;
            _frames.Clear();
        }
    }

    private long AddressOf(ulong sequence, CommitPoint durable)
    {
        if (sequence > durable.LastSequence)
        {
            return durable.UntilAddress;
        }

        using FrameCursor cursor = new(_folder, _partition);
        return SequenceSearch.AddressOf(cursor, durable, sequence)
            ?? throw LogFault.Damaged(_folder, _partition, sequence, cursor.Fault);
    }

    private void RemoveSegments(long oldBegin, long newBegin)
    {
        int first = SegmentLayout.SegmentOf(newBegin);
        for (int segment = SegmentLayout.SegmentOf(oldBegin); segment < first; segment++)
        {
            try
            {
                _device.RemoveSegment(segment);
            }
            catch (IOException)
            {
                // Trimmed all the same: nothing names the file any more, and the next open deletes it.
            }
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static EventLogException Rethrown(EventLogException failure) => new(failure.Message, failure);
}
