using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Ebb.Engine.Batching;
using Ebb.Protocol;

namespace Ebb.Server.Transport;

/// <summary>
/// One connection's way out and its in-flight account. Replies are encoded by whatever thread completes them into one
/// buffer under this connection's lock; one sender at a time swaps that buffer for an empty one and sends it, so all
/// that gathered while the last send ran leaves in one go. The sender is whoever flushes first; a send that the
/// transport does not take at once is waited for by <see cref="RunAsync"/>. A request is in flight from TryReserve
/// until its reply has been taken by the transport: a peer that does not read therefore stops being read.
/// </summary>
internal sealed class ReplyOutput(
    PipeWriter writer, ProtocolLimits limits, TimeProvider clock, BufferBudget? budget = null) : IAnswerSink
{
    // One send at a time is this long, so that "no progress" can be told from "slow".
    private const int SendBytesMax = 64 << 10;
    private const int KeptBufferBytesMax = 256 << 10;

    private readonly Lock _lock = new();
    private readonly AutoResetSignal _work = new();
    private readonly AutoResetSignal _room = new();
    private readonly BufferAccount? _account = budget is null ? null : new BufferAccount(budget);
    private FrameBuffer _filling = new();
    private FrameBuffer _sending = new();
    private int _filledReplies;
    private long _filledCost;
    private int _sentReplies;
    private long _sentCost;

    // The account: the read loop alone adds to what was reserved, the sender alone to what was released.
    private int _reserved;
    private long _reservedBytes;
    private int _released;
    private long _releasedBytes;
    private bool _isSending;
    private bool _isParked;
    private bool _isDone;
    private bool _finishing;
    private bool _isBroken;
    private int _sentBytes;
    private ValueTask<FlushResult> _pending;
    private long _sendStarted;
    private long _partialBytes;
    private Func<long>? _held;

    public int InFlight => Volatile.Read(ref _reserved) - Volatile.Read(ref _released);

    /// <summary>Of the connection's bytes, those that the server's budget counts.</summary>
    public long CountedBytes => _account?.Told ?? 0;

    /// <summary>Takes part in the in-flight account. False: wait for room first. For the read loop alone.</summary>
    /// <param name="cost">Bytes of the request and, roughly, of its reply.</param>
    public bool TryReserve(long cost)
    {
        int inFlight = _reserved - Volatile.Read(ref _released);
        bool fits = inFlight == 0
            || (inFlight < limits.InFlightMax
                && _reservedBytes - Volatile.Read(ref _releasedBytes) + cost <= limits.InFlightBytesMax);
        if (fits)
        {
            Reserve(cost);
        }

        return fits;
    }

    /// <summary>The same where the account may not refuse. For the read loop alone.</summary>
    public void Reserve(long cost)
    {
        Volatile.Write(ref _reserved, _reserved + 1);
        Volatile.Write(ref _reservedBytes, _reservedBytes + cost);
    }

    /// <summary>After a read: what is left of it is the begin of a frame, and stays. For the read loop alone.</summary>
    public void Settle(long partialBytes)
    {
        Volatile.Write(ref _partialBytes, partialBytes);
        _account?.Settle(_held ??= HeldBytes);
    }

    /// <summary>Adds to what one reservation costs, once more is known of its reply. For the read loop alone.</summary>
    public void Charge(long cost) => _reservedBytes += cost;

    /// <summary>Completes when something in flight has left. For the read loop alone.</summary>
    public ValueTask WaitForRoomAsync() => _room.WaitAsync();

    /// <summary>Locks the output and hands out the buffer to append frames to; Leave must follow.</summary>
    public FrameBuffer Enter()
    {
        _lock.Enter();
        return _filling;
    }

    /// <summary>
    /// Ends Enter. A reply gives back its cost once it is sent; a frame without a request has none. It is sent at the
    /// end of this thread's run of answers, or now where there is none.
    /// </summary>
    public void Leave(int replies, long cost)
    {
        _filledReplies += replies;
        _filledCost += cost;
        _lock.Exit();
        if (!AnswerRun.TryDefer(this))
        {
            Flush();
        }
    }

    /// <summary>Nothing more will be appended once all in flight has been answered.</summary>
    public void Finish()
    {
        lock (_lock)
        {
            _finishing = true;
        }

        _work.Set();
    }

    /// <summary>True when one send has been without progress for that long.</summary>
    public bool IsStalled(TimeSpan limit)
    {
        long started = Volatile.Read(ref _sendStarted);
        return started != 0 && clock.GetElapsedTime(started) > limit;
    }

    /// <summary>
    /// Sends what has gathered, unless another thread is at it: that one then sends this too. Any thread.
    /// </summary>
    public void Flush()
    {
        while (TryBeginSend())
        {
            if (!TrySend())
            {
                Park();
                return;
            }

            EndSend();
        }
    }

    /// <summary>
    /// Waits for a slow peer where a flush had to leave off. Ends when Finish was called and everything in flight has
    /// left, or is discarded as the peer is gone.
    /// </summary>
    public async Task RunAsync()
    {
        while (!TryEnd())
        {
            await _work.WaitAsync();
            if (TryUnpark())
            {
                await FinishSendAsync();
                EndSend();
                Flush();
            }
        }

        _filling.Dispose();
        _sending.Dispose();
        _account?.Close();
    }

    private long HeldBytes() => Volatile.Read(ref _partialBytes)
        + Volatile.Read(ref _reservedBytes) - Volatile.Read(ref _releasedBytes);

    // True: this thread is the sender until EndSend or Park.
    private bool TryBeginSend()
    {
        lock (_lock)
        {
            if (_isSending || _isDone || (_filling.Length == 0 && _filledReplies == 0))
            {
                return false;
            }

            _isSending = true;
            (_filling, _sending) = (_sending, _filling);
            (_sentReplies, _filledReplies) = (_filledReplies, 0);
            (_sentCost, _filledCost) = (_filledCost, 0);
            _sentBytes = 0;
            return true;
        }
    }

    // False: the transport has not taken it all; _pending is the write that it is at.
    private bool TrySend()
    {
        while (_sentBytes < _sending.Length && !_isBroken)
        {
            int count = Math.Min(_sending.Length - _sentBytes, SendBytesMax);
            var bytes = _sending.WrittenMemory.Slice(_sentBytes, count);
            _sentBytes += count;
            Volatile.Write(ref _sendStarted, clock.GetTimestamp());
            try
            {
                _pending = writer.WriteAsync(bytes);
                if (!_pending.IsCompleted)
                {
                    return false;
                }

                Take(_pending.Result);
            }
            catch (Exception failure) when (IsPeerGone(failure))
            {
                _isBroken = true;
            }

            Volatile.Write(ref _sendStarted, 0);
        }

        return true;
    }

    // Pooled, as it waits for a slow peer again and again: nothing is allocated for that.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishSendAsync()
    {
        do
        {
            try
            {
                Take(await _pending);
            }
            catch (Exception failure) when (IsPeerGone(failure))
            {
                _isBroken = true;
            }

            Volatile.Write(ref _sendStarted, 0);
        }
        while (!TrySend());
    }

    private void EndSend()
    {
        _sending.Trim(KeptBufferBytesMax);
        bool isFinishing;
        lock (_lock)
        {
            Volatile.Write(ref _released, _released + _sentReplies);
            Volatile.Write(ref _releasedBytes, _releasedBytes + _sentCost);
            _isSending = false;
            isFinishing = _finishing;
        }

        _account?.Settle(_held ??= HeldBytes);
        _room.Set();
        if (isFinishing)
        {
            _work.Set();
        }
    }

    private void Park()
    {
        lock (_lock)
        {
            _isParked = true;
        }

        _work.Set();
    }

    private bool TryUnpark()
    {
        lock (_lock)
        {
            bool wasParked = _isParked;
            _isParked = false;
            return wasParked;
        }
    }

    private bool TryEnd()
    {
        lock (_lock)
        {
            _isDone = _finishing && !_isSending && InFlight == 0 && _filling.Length == 0;
            return _isDone;
        }
    }

    private void Take(FlushResult flushed) => _isBroken |= flushed.IsCompleted || flushed.IsCanceled;

    // What the engine still answers is dropped then, its account settled.
    private static bool IsPeerGone(Exception failure) => failure is IOException or OperationCanceledException
        or ObjectDisposedException or InvalidOperationException;
}
