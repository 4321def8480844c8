using System.Text;
using Ebb.Protocol;

namespace Ebb.Client.Internal;

/// <summary>
/// The state behind a client: calls that wait for their turn, calls that wait for their reply, writes that wait to be
/// durable, and the link in use. One lock guards it all; sequences and correlation ids are given under it in the order
/// of sending, so the order of the ids is the order to resend in.
/// </summary>
internal sealed class ClientCore : ILinkOwner
{
    private readonly EbbClientOptions _options;
    private readonly Lock _lock = new();
    private readonly Queue<PendingCall> _waiting = new();
    private readonly Dictionary<ulong, PendingCall> _pending = [];
    private readonly ResendWindow _window = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly ITimer? _sweep;
    private ClientLink? _link;
    private Task _reconnecting = Task.CompletedTask;
    private Exception? _closedBy;
    private TaskCompletionSource _windowMoved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ulong _nextSequence;
    private ulong _lastCorrelation = 1;
    private int _linkEpoch;
    private int _reconnectCount;

    public ClientCore(EbbClientOptions options, ulong session)
    {
        _options = options;
        Session = session;
        _nextSequence = Math.Max(1, options.FirstSequence);
        if (options.RequestTimeout != Timeout.InfiniteTimeSpan)
        {
            var period = TimeSpan.FromMilliseconds(Math.Clamp(options.RequestTimeout.TotalMilliseconds / 20, 5, 500));
            _sweep = options.Clock.CreateTimer(_ => FailExpired(), null, period, period);
        }
    }

    public ulong Session { get; }

    public Subscriptions Subscriptions { get; } = new();

    public EbbServerInfo Server { get; private set; } = null!;

    public int ReconnectCount => Volatile.Read(ref _reconnectCount);

    public ulong DurableUpTo
    {
        get
        {
            lock (_lock)
            {
                return _window.DurableUpTo;
            }
        }
    }

    public ulong LastSequence
    {
        get
        {
            lock (_lock)
            {
                return _nextSequence - 1;
            }
        }
    }

    public async Task ConnectAsync(CancellationToken cancellation) =>
        Adopt(await Handshake.ConnectAsync(_options, Session, this, cancellation));

    /// <summary>Sends a call now or when its turn comes. Calls are sent in the order of these calls.</summary>
    public Task<T> Run<T>(PendingCall<T> call, CancellationToken cancellation)
        where T : class
    {
        if (cancellation.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellation);
        }

        if (call.Frame.Length > Server.Limits.FrameBytesMax)
        {
            return Task.FromException<T>(new ArgumentException(
                $"The request takes {call.Frame.Length} bytes, the server at most {Server.Limits.FrameBytesMax}."));
        }

        lock (_lock)
        {
            if (_closedBy is { } closedBy)
            {
                return Task.FromException<T>(Failures.Closed(closedBy));
            }

            call.ExpireAfter(_options.RequestTimeout, _options.Clock);
            _waiting.Enqueue(call);
            AdmitWaiting();
        }

        return cancellation.CanBeCanceled ? AwaitCancellable(call, cancellation) : call.Result;
    }

    /// <summary>Completes when every write called so far is durable or settled.</summary>
    public async Task WaitDurableAsync(Func<Task> ping, CancellationToken cancellation)
    {
        ulong target;
        lock (_lock)
        {
            target = _nextSequence - 1 + (ulong)_waiting.Sum(call => call.EventCount);
        }

        while (true)
        {
            Task moved;
            lock (_lock)
            {
                bool allSent = _nextSequence > target || !_waiting.Any(call => call.IsWrite);
                if (allSent && _window.OldestSequence > target)
                {
                    return;
                }

                moved = _windowMoved.Task;
            }

            // A server tells the idle by itself; asking makes it certain.
            await ping();
            await Task.WhenAny(moved, Task.Delay(TimeSpan.FromMilliseconds(50), _options.Clock, cancellation));
            cancellation.ThrowIfCancellationRequested();
        }
    }

    public void Received(ClientLink link, in FrameHeader header, ReadOnlySpan<byte> content)
    {
        var status = TaggedFields.TryRead(content[..header.TaggedBytes], out var fields);
        if (header.Opcode == Opcode.Notice && !header.Status.IsDone())
        {
            link.CloseSending();
        }

        PendingCall? call;
        lock (_lock)
        {
            call = null;
            if (header.Opcode != Opcode.Change)
            {
                _pending.Remove(header.CorrelationId, out call);
            }

            if (call is not null)
            {
                call.IsAnswered = true;
                call.IsSettled = !header.Status.IsDone() || call.IsDurableAck;
            }

            if (fields.HasDurableUpTo ? _window.RaiseMark(fields.DurableUpTo) : _window.Shrink())
            {
                _windowMoved.TrySetResult();
                _windowMoved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            AdmitWaiting();
        }

        if (call is null)
        {
            Subscriptions.TryTake(header, content[header.TaggedBytes..]);
            return;
        }

        if (header.Status.IsDone() && status == StatusCode.Ok)
        {
            call.Message = fields.Message.IsEmpty ? null : Encoding.UTF8.GetString(fields.Message);
            call.Complete(content[header.TaggedBytes..]);
        }
        else
        {
            call.Fail(Failures.Refused(header, fields));
        }
    }

    public void Lost(ClientLink link, Exception? failure)
    {
        lock (_lock)
        {
            if (_link != link)
            {
                return;
            }

            _link = null;
            foreach (var call in _pending.Values.Where(call => call.Change is not null).ToArray())
            {
                _pending.Remove(call.CorrelationId);
                call.Fail(new EbbConnectionException("The connection was lost; what was staged is gone.", failure));
            }

            if (_closedBy is not null)
            {
                return;
            }

            if (!_options.Reconnect)
            {
                CloseLocked(failure ?? new EbbConnectionException("The server closed the connection."));
                return;
            }

            _reconnecting = Task.Run(ReconnectAsync);
        }
    }

    public async ValueTask DisposeAsync()
    {
        ClientLink? link;
        lock (_lock)
        {
            link = _link;
            _link = null;
            if (_closedBy is null)
            {
                CloseLocked(new ObjectDisposedException(nameof(EbbClient)));
            }
        }

        await _closing.CancelAsync();
        if (_sweep is not null)
        {
            await _sweep.DisposeAsync();
        }

        link?.Abort();
        await (link?.Completion ?? Task.CompletedTask);
        await _reconnecting;
    }

    // Everything below but ReconnectAsync runs under the lock.

    private void AdmitWaiting()
    {
        int inFlightMax = Math.Min(_options.InFlightMax, Server.Limits.InFlightMax);
        while (_waiting.TryPeek(out var call))
        {
            bool hasRoom = call.IsFinished
                || (_pending.Count < inFlightMax && (!call.IsWrite || _window.Bytes < _options.ResendBytesMax));
            if (!hasRoom)
            {
                return;
            }

            _waiting.Dequeue();
            if (!call.IsFinished)
            {
                Admit(call);
            }
        }
    }

    private void Admit(PendingCall call)
    {
        if (call.Change is { } change && !change.BindTo(_linkEpoch, _link is not null))
        {
            call.Fail(new EbbConnectionException("The connection was lost; what was staged is gone."));
            return;
        }

        call.CorrelationId = ++_lastCorrelation;
        RequestEncoder.SetCorrelation(call.Frame, call.CorrelationId);
        if (call.Subscription is { } subscription)
        {
            Subscriptions.Add(subscription, call.CorrelationId);
        }

        if (call.IsWrite)
        {
            RequestEncoder.SetSequence(call.Frame, _nextSequence);
            _nextSequence += (ulong)call.EventCount;
            call.LastSequence = _nextSequence - 1;
            _window.Add(call);
        }

        _pending.Add(call.CorrelationId, call);
        if (_link is { } link)
        {
            RequestEncoder.SetDeadline(call.Frame, call.MicrosecondsLeft(_options.Clock));
            call.WasSent = true;
            link.Enqueue(call.Frame);
        }
    }

    private void Adopt(HandshakeResult shaken)
    {
        lock (_lock)
        {
            if (_closedBy is not null)
            {
                shaken.Link.Abort();
                return;
            }

            Server = shaken.Server;
            _linkEpoch++;
            _link = shaken.Link;
            _window.RaiseMark(shaken.SessionMark);
            Resend(shaken.Link);
            Subscriptions.Resend(shaken.Link);
            shaken.Link.Start();
            AdmitWaiting();
        }
    }

    // In the order of the first sending: writes keep their sequences rising, and a read still follows its write.
    private void Resend(ClientLink link)
    {
        var unanswered = _pending.Values.Where(call => !call.IsFinished || call.IsWrite);
        foreach (var call in _window.Writes.Concat(unanswered).Distinct().OrderBy(call => call.CorrelationId))
        {
            call.WasResent |= call.WasSent;
            call.WasSent = true;
            RequestEncoder.SetDeadline(call.Frame, call.IsWrite ? 0 : call.MicrosecondsLeft(_options.Clock));
            link.Enqueue(call.Frame);
        }

        foreach (var call in _pending.Values.Where(call => call.IsFinished && !call.IsWrite).ToArray())
        {
            _pending.Remove(call.CorrelationId);
        }
    }

    private void FailExpired()
    {
        lock (_lock)
        {
            long now = _options.Clock.GetTimestamp();
            foreach (var call in _pending.Values.Where(call => call.ExpiresAt <= now).ToArray())
            {
                // A write stays in the window: it may have been done, and must not be done twice.
                _pending.Remove(call.CorrelationId);
                call.IsAnswered = true;
                call.Fail(Failures.Expired());
            }

            foreach (var call in _waiting.Where(call => call.ExpiresAt <= now))
            {
                call.Fail(Failures.Expired());
            }

            if (Server is not null)
            {
                AdmitWaiting();
            }
        }
    }

    private void CloseLocked(Exception reason)
    {
        _closedBy = reason;
        var failure = new EbbConnectionException("The client was closed: " + reason.Message, reason);
        foreach (var call in _pending.Values.Concat(_waiting))
        {
            call.Fail(failure);
        }

        _pending.Clear();
        _waiting.Clear();
    }

    private async Task ReconnectAsync()
    {
        var wait = _options.BackoffMin;
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                // Half to whole of the wait, so that a restarted server is not met by all clients at once.
                await Task.Delay(wait * (0.5 + (Random.Shared.NextDouble() / 2)), _options.Clock, _closing.Token);
                var shaken = await Handshake.ConnectAsync(_options, Session, this, _closing.Token);
                Interlocked.Increment(ref _reconnectCount);
                Adopt(shaken);
                return;
            }
            catch (Exception failure) when (failure is EbbConnectionException or EbbException
                or OperationCanceledException)
            {
                wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, _options.BackoffMax.Ticks));
            }
        }
    }

    private static async Task<T> AwaitCancellable<T>(PendingCall<T> call, CancellationToken cancellation)
        where T : class
    {
        using var registration = cancellation.UnsafeRegister(
            static (state, token) => ((PendingCall)state!).Cancel(token), call);
        return await call.Result;
    }
}
