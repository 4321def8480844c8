using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using Microsoft.AspNetCore.Connections;

namespace Ebb.Server.Transport.Epoll;

/// <summary>
/// Bytes of one socket. They lie in the loop's receive buffer while they are looked at, in a buffer of the connection's
/// own only from a frame that is not whole until its rest has come: an idle connection holds none. One reader, that may
/// move between threads; the loop's thread receives.
/// </summary>
internal sealed class EpollReader(EpollConnection connection) : PipeReader, IValueTaskSource<ReadResult>
{
    private const int KeptBytesMin = 4096;

    // Who may complete the read: whoever takes it from Waiting to Idle.
    private const int Idle = 0;
    private const int Waiting = 1;

    // Whose the loop's buffer is: lent to the reader until it advances, or given for good.
    private const int NotLent = 0;
    private const int Lent = 1;
    private const int Given = 2;

    private ManualResetValueTaskSourceCore<ReadResult> _source; // Mutable struct: never readonly.
    private ReadOnlySequence<byte> _current;
    private byte[]? _shared;
    private byte[]? _kept;
    private int _keptLength;
    private int _state;
    private int _lent;
    private int _isCanceled;
    private bool _isUnexamined;
    private bool _isEnded;

    /// <summary>Somebody waits for bytes.</summary>
    public bool IsWaiting => Volatile.Read(ref _state) == Waiting;

    /// <summary>
    /// From the loop: receives and lets the reader go on. True: the buffer is still read elsewhere, the loop must take
    /// another one.
    /// </summary>
    public bool OnReadable(byte[] shared)
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Waiting) != Waiting)
        {
            connection.PauseReading();
            return false;
        }

        bool isShared = _keptLength == 0;
        var target = isShared ? shared : RoomInKept();
        int count = connection.Socket.Receive(target.Span, SocketFlags.None, out var error);
        switch (error)
        {
            case SocketError.Success:
                break;
            case SocketError.WouldBlock or SocketError.Interrupted:
                Interlocked.Exchange(ref _state, Waiting);
                CompleteIfCanceled();
                return false;
            default:
                _isEnded = true;
                _source.SetException(new ConnectionResetException(
                    "The connection was reset.", new SocketException((int)error)));
                return false;
        }

        connection.CountReceived(count);
        _isEnded = count == 0;
        if (isShared && count > 0)
        {
            _current = new ReadOnlySequence<byte>(shared, 0, count);
            _shared = shared;
            Volatile.Write(ref _lent, Lent);
        }
        else
        {
            _keptLength += count;
            _current = KeptBytes();
        }

        _source.SetResult(new ReadResult(_current, isCanceled: false, _isEnded));
        return Interlocked.CompareExchange(ref _lent, Given, Lent) == Lent;
    }

    /// <param name="cancellationToken">Looked at once: <see cref="CancelPendingRead"/> ends a wait.</param>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (TryRead(out var at))
        {
            return new ValueTask<ReadResult>(at);
        }

        _source.Reset();
        short version = _source.Version;
        Interlocked.Exchange(ref _state, Waiting);
        if (!connection.ResumeReading() && Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting)
        {
            _isEnded = true;
            throw new ConnectionResetException("The system watches no more sockets.");
        }

        CompleteIfCanceled();
        return new ValueTask<ReadResult>(this, version);
    }

    public override bool TryRead(out ReadResult result)
    {
        bool isCanceled = Volatile.Read(ref _isCanceled) != 0 && Interlocked.Exchange(ref _isCanceled, 0) != 0;
        result = new ReadResult(_current, isCanceled, _isEnded);
        return isCanceled || _isEnded || _isUnexamined;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _isUnexamined = !_current.Slice(examined).IsEmpty;
        Keep(_current.Slice(consumed).FirstSpan);
    }

    public override void CancelPendingRead()
    {
        Interlocked.Exchange(ref _isCanceled, 1);
        if (IsWaiting)
        {
            // Not on the caller's thread: it may hold what the reader wants.
            ThreadPool.UnsafeQueueUserWorkItem(static reader => reader.CompleteIfCanceled(), this, preferLocal: false);
        }
    }

    public override void Complete(Exception? exception = null)
    {
        _isEnded = true;
        _isUnexamined = false;
        Keep([]);
    }

    public ReadResult GetResult(short token) => _source.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void CompleteIfCanceled()
    {
        if (Volatile.Read(ref _isCanceled) != 0
            && Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting)
        {
            Interlocked.Exchange(ref _isCanceled, 0);
            _source.SetResult(new ReadResult(_current, isCanceled: true, _isEnded));
        }
    }

    // What is left of what was read moves to the front of our own buffer; the loop's goes back.
    private void Keep(ReadOnlySpan<byte> left)
    {
        if (left.IsEmpty)
        {
            if (_kept is { } empty)
            {
                _kept = null;
                ArrayPool<byte>.Shared.Return(empty);
            }
        }
        else
        {
            _kept ??= ArrayPool<byte>.Shared.Rent(Math.Max(KeptBytesMin, left.Length * 2));
            left.CopyTo(_kept);
        }

        _keptLength = left.Length;
        _current = KeptBytes();
        if (Interlocked.Exchange(ref _lent, NotLent) == Given)
        {
            connection.GiveBack(_shared!);
        }
    }

    private ReadOnlySequence<byte> KeptBytes() => _kept is null ? default : new(_kept, 0, _keptLength);

    // Bounded by the frame that it holds the begin of: whole frames leave it before it grows again.
    private Memory<byte> RoomInKept()
    {
        if (_kept!.Length - _keptLength < KeptBytesMin / 2)
        {
            byte[] grown = ArrayPool<byte>.Shared.Rent(_kept.Length * 2);
            _kept.AsSpan(0, _keptLength).CopyTo(grown);
            ArrayPool<byte>.Shared.Return(_kept);
            _kept = grown;
        }

        return _kept.AsMemory(_keptLength);
    }
}
