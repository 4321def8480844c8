using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace Ebb.Server.Transport.Epoll;

/// <summary>
/// Bytes to one socket: sent at once from the caller's memory, and by the loop as the peer takes them where it does not
/// take all. One writer at a time; its memory must stay as it is until the write has completed.
/// </summary>
internal sealed class EpollWriter(EpollConnection connection) : PipeWriter, IValueTaskSource<FlushResult>
{
    private const int Idle = 0;
    private const int Waiting = 1;

    private static readonly FlushResult Sent = new(isCanceled: false, isCompleted: false);
    private static readonly FlushResult Gone = new(isCanceled: false, isCompleted: true);

    private readonly ArrayBufferWriter<byte> _staged = new();
    private ManualResetValueTaskSourceCore<FlushResult> _source; // Mutable struct: never readonly.
    private ReadOnlyMemory<byte> _rest;
    private int _state;
    private bool _isStaged;
    private bool _isGone;

    /// <summary>A send waits for room.</summary>
    public bool IsWaiting => Volatile.Read(ref _state) == Waiting;

    public override ValueTask<FlushResult> WriteAsync(
        ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (_staged.WrittenCount > 0)
        {
            _staged.Write(source.Span);
            return FlushAsync(cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        _rest = source;
        return SendAsync();
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _isStaged = _staged.WrittenCount > 0;
        _rest = _staged.WrittenMemory;
        return SendAsync();
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => _staged.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _staged.GetSpan(sizeHint);

    public override void Advance(int bytes) => _staged.Advance(bytes);

    public override void CancelPendingFlush()
    {
        if (TryClaim())
        {
            _isGone = true;
            ThreadPool.UnsafeQueueUserWorkItem(
                static writer => writer._source.SetResult(new FlushResult(isCanceled: true, isCompleted: true)),
                this,
                preferLocal: false);
        }
    }

    public override void Complete(Exception? exception = null) => _isGone = true;

    /// <summary>From the loop: sends on.</summary>
    public void OnWritable()
    {
        if (!TryClaim())
        {
            connection.PauseWriting();
        }
        else if (TrySendRest())
        {
            connection.PauseWriting();
            _source.SetResult(Done());
        }
        else
        {
            Interlocked.Exchange(ref _state, Waiting);
        }
    }

    public FlushResult GetResult(short token) => _source.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private bool TryClaim() => Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting;

    private ValueTask<FlushResult> SendAsync()
    {
        if (TrySendRest())
        {
            return new ValueTask<FlushResult>(Done());
        }

        _source.Reset();
        short version = _source.Version;
        Volatile.Write(ref _state, Waiting);
        if (!connection.ResumeWriting() && TryClaim())
        {
            _isGone = true;
            return new ValueTask<FlushResult>(Done());
        }

        return new ValueTask<FlushResult>(this, version);
    }

    private FlushResult Done()
    {
        _rest = default;
        if (_isStaged)
        {
            _isStaged = false;
            _staged.ResetWrittenCount();
        }

        return _isGone ? Gone : Sent;
    }

    // False: the peer takes no more now.
    private bool TrySendRest()
    {
        while (!_rest.IsEmpty && !_isGone)
        {
            int count = connection.Socket.Send(_rest.Span, SocketFlags.None, out var error);
            switch (error)
            {
                case SocketError.Success:
                    _rest = _rest[count..];
                    break;
                case SocketError.WouldBlock:
                    return false;
                case SocketError.Interrupted:
                    break;
                default:
                    _isGone = true;
                    break;
            }
        }

        return true;
    }
}
