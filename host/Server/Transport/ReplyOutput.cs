using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Ebb.Protocol;

namespace Ebb.Server.Transport;

/// <summary>
/// One connection's way out and its in-flight account. Replies are encoded by whatever thread completes them into one
/// buffer under this connection's lock; one flush loop swaps that buffer for an empty one and sends it, so all that
/// gathered while the last send ran leaves in one go. A request is in flight from TryReserve until its reply has been
/// taken by the transport: a peer that does not read therefore stops being read.
/// </summary>
internal sealed class ReplyOutput(PipeWriter writer, ProtocolLimits limits, TimeProvider clock)
{
    // One send at a time is this long, so that "no progress" can be told from "slow".
    private const int SendBytesMax = 64 << 10;
    private const int KeptBufferBytesMax = 256 << 10;

    private readonly Lock _lock = new();
    private readonly AutoResetSignal _work = new();
    private readonly AutoResetSignal _room = new();
    private FrameBuffer _filling = new();
    private FrameBuffer _sending = new();
    private int _filledReplies;
    private long _filledCost;
    private int _sentReplies;
    private long _sentCost;
    private int _inFlight;
    private long _inFlightBytes;
    private bool _finishing;
    private bool _isBroken;
    private long _sendStarted;

    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Takes part in the in-flight account. False: wait for room first.</summary>
    /// <param name="cost">Bytes of the request and, roughly, of its reply.</param>
    public bool TryReserve(long cost)
    {
        lock (_lock)
        {
            bool fits = _inFlight == 0
                || (_inFlight < limits.InFlightMax && _inFlightBytes + cost <= limits.InFlightBytesMax);
            if (fits)
            {
                _inFlight++;
                _inFlightBytes += cost;
            }

            return fits;
        }
    }

    /// <summary>Adds to what one reservation costs, once more is known of its reply. Never refuses.</summary>
    public void Charge(long cost)
    {
        lock (_lock)
        {
            _inFlightBytes += cost;
        }
    }

    /// <summary>Completes when something in flight has left. For the read loop alone.</summary>
    public ValueTask WaitForRoomAsync() => _room.WaitAsync();

    /// <summary>Locks the output and hands out the buffer to append frames to; Leave must follow.</summary>
    public FrameBuffer Enter()
    {
        _lock.Enter();
        return _filling;
    }

    /// <summary>Ends Enter. A reply gives back its cost once it is sent; a frame without a request has none.</summary>
    public void Leave(int replies, long cost)
    {
        _filledReplies += replies;
        _filledCost += cost;
        bool wake = _filling.Length > 0 || _filledReplies > 0;
        _lock.Exit();
        if (wake)
        {
            _work.Set();
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
    /// Sends until Finish was called and everything in flight has left, or is discarded as the peer is gone.
    /// </summary>
    public async Task RunAsync()
    {
        while (true)
        {
            var (hasWork, isDone) = TakeWork();
            if (isDone)
            {
                break;
            }

            if (!hasWork)
            {
                await _work.WaitAsync();
                continue;
            }

            await SendAsync();
            Release();
        }

        _filling.Dispose();
        _sending.Dispose();
    }

    private (bool HasWork, bool IsDone) TakeWork()
    {
        lock (_lock)
        {
            if (_filling.Length == 0 && _filledReplies == 0)
            {
                return (false, _finishing && _inFlight == 0);
            }

            (_filling, _sending) = (_sending, _filling);
            (_sentReplies, _filledReplies) = (_filledReplies, 0);
            (_sentCost, _filledCost) = (_filledCost, 0);
            return (true, false);
        }
    }

    // Pooled, as it waits for a slow peer again and again: nothing is allocated for that.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync()
    {
        var rest = _sending.WrittenMemory;
        while (!rest.IsEmpty && !_isBroken)
        {
            int count = Math.Min(rest.Length, SendBytesMax);
            Volatile.Write(ref _sendStarted, clock.GetTimestamp());
            try
            {
                var flushed = await writer.WriteAsync(rest[..count]);
                _isBroken = flushed.IsCompleted || flushed.IsCanceled;
            }
            catch (Exception failure) when (failure is IOException or OperationCanceledException
                or ObjectDisposedException or InvalidOperationException)
            {
                // The peer is gone. What the engine still answers is dropped, its account settled.
                _isBroken = true;
            }

            Volatile.Write(ref _sendStarted, 0);
            rest = rest[count..];
        }
    }

    private void Release()
    {
        _sending.Trim(KeptBufferBytesMax);
        lock (_lock)
        {
            _inFlight -= _sentReplies;
            _inFlightBytes -= _sentCost;
        }

        _room.Set();
    }
}
