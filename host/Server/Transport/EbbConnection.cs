using System.IO.Pipelines;
using System.Net;
using Ebb.Protocol;
using Ebb.Server.Security;
using Microsoft.AspNetCore.Connections;

namespace Ebb.Server.Transport;

/// <summary>
/// One client's connection: the read loop, what it knows of the client, and the end of it. Frames are handled in the
/// order in which they came; answers come from engine threads in any order through <see cref="ReplyOutput"/>.
/// </summary>
internal sealed class EbbConnection
{
    // A peer that is told why it is closed gets this long to read it before the reset that unread input may cause.
    private static readonly TimeSpan LingerTime = TimeSpan.FromMilliseconds(500);

    // A shorter wait explains nothing, and its absence says so: a healthy server pays no bytes for it.
    private const uint QueueMicrosecondsTold = 1000;

    private readonly ConnectionContext _context;
    private readonly ServerCore _core;
    private readonly RequestPool _pool;
    private readonly FrameDispatcher _dispatcher;
    private readonly FrameHandler _frames;
    private readonly long _openedAt;
    private int _closeRequest;
    private volatile bool _isGreeted;
    private volatile AccessEntry? _identity;
    private DurableTracker? _durable;

    public EbbConnection(ConnectionContext context, ServerCore core)
    {
        _context = context;
        _core = core;
        _openedAt = core.Options.Clock.GetTimestamp();
        _pool = new RequestPool(this);
        Watches = new ConnectionWatches(this, core.Options.SubscriptionCountMax);
        Output = new ReplyOutput(context.Transport.Output, core.Options.Limits, core.Options.Clock, core.Buffers);
        _dispatcher = new FrameDispatcher(this, core, _pool);
        _frames = new FrameHandler(this, _dispatcher, core.Buffers);
    }

    public ReplyOutput Output { get; }

    public ConnectionWatches Watches { get; }

    /// <summary>Those of frames that the peer may send now.</summary>
    public ProtocolLimits Limits => IsTrusted ? _core.Options.Limits : _core.HelloLimits;

    public int InFlight => Output.InFlight;

    public string Id => _context.ConnectionId;

    /// <summary>Longest frame that the peer takes.</summary>
    public long PeerFrameBytesMax { get; private set; } = 4096;

    /// <summary>0: none.</summary>
    public ulong Session { get; private set; }

    public DurableTracker? Durable => _durable;

    /// <summary>HELLO was accepted.</summary>
    public void Greet(uint frameBytesMax, ulong session)
    {
        PeerFrameBytesMax = frameBytesMax;
        Session = session;
        if (session != 0)
        {
            _durable = _core.Connections.OpenSession(session);
        }

        _isGreeted = true;
    }

    public bool IsGreeted => _isGreeted;

    /// <summary>Who it is; null: nobody yet, or nobody is asked.</summary>
    public AccessEntry? Identity => _identity;

    /// <summary>Greeted, and known where that is asked for: no stranger any more.</summary>
    public bool IsTrusted => _isGreeted && (_core.Options.Access is null || _identity is not null);

    /// <summary>What the peer's certificate calls it; none without mutual TLS.</summary>
    public IReadOnlyCollection<string> CertificateNames =>
        _context.Features.Get<PeerCertificate>()?.Names ?? [];

    public EndPoint? Remote => _context.RemoteEndPoint;

    public void LetIn(AccessEntry identity) => _identity = identity;

    /// <summary>Serves until one side ends it. Never throws for what the peer or the network does.</summary>
    public async Task<ConnectionCloseReason> RunAsync()
    {
        var sending = Output.RunAsync();
        var reason = await ReadGuardedAsync();
        Watches.Close();
        NoticeWriter.WriteClosing(Output, reason);
        Output.Finish();
        await sending;
        if (reason is not (ConnectionCloseReason.PeerClosed or ConnectionCloseReason.PeerReset
            or ConnectionCloseReason.Truncated or ConnectionCloseReason.SlowReader
            or ConnectionCloseReason.BuffersFull))
        {
            await LingerAsync();
        }

        await _dispatcher.DisposeAsync();
        if (_durable is { } durable)
        {
            _core.Connections.CloseSession(Session, durable);
        }

        return reason;
    }

    /// <summary>
    /// Any thread: the read loop ends as soon as it has handled what it has read. The first reason counts.
    /// </summary>
    public void RequestClose(ConnectionCloseReason reason)
    {
        if (Interlocked.CompareExchange(ref _closeRequest, (int)reason, 0) == 0)
        {
            _context.Transport.Input.CancelPendingRead();
        }
    }

    public void CheckTimeLimits()
    {
        var options = _core.Options;
        if (!IsTrusted && options.Clock.GetElapsedTime(_openedAt) > options.HelloTimeout)
        {
            RequestClose(ConnectionCloseReason.HelloTimeout);
        }

        if (Output.IsStalled(options.SlowReaderTimeout))
        {
            Abort(ConnectionCloseReason.SlowReader);
        }
    }

    /// <summary>Any thread: at once, without a word that the peer would not read.</summary>
    public void Abort(ConnectionCloseReason reason)
    {
        RequestClose(reason);
        _context.Abort(new ConnectionAbortedException($"Closed: {reason}."));
    }

    /// <summary>After a commit: tells the peer its mark, unless a reply has told it first.</summary>
    public void NotifyDurable()
    {
        if (_durable is { HasPending: true } durable && durable.TryAdvance(_core.Engine))
        {
            NoticeWriter.WriteDurable(Output, durable.Mark);
        }
    }

    /// <summary>From the engine: encodes the reply of an answered request and takes the request back.</summary>
    public void Answer(WireRequest request)
    {
        if (request.Correlations.Count > 0)
        {
            AnswerRun(request);
            return;
        }

        if (request.DurableGroup is { } group)
        {
            _durable!.Answered(group, request.Engine.Positions);
        }

        _durable?.TryAdvance(_core.Engine);
        var status = ReplyEncoder.FrameStatus(request.Engine);
        var reply = new ReplyHead(request.Opcode, request.CorrelationId, request.ArrivedAt, request.Cost)
        {
            Status = status,
            BegunAt = request.Engine.BegunAt,
            RetryAfterMs = request.Engine.RetryAfterMs,
        };
        var frame = BeginReply(Output.Enter(), reply);
        if (status.IsDone() && !ReplyEncoder.TryWriteBody(frame.Body(), request, (_core.Logger, Id)))
        {
            status = StatusCode.Internal;
            reply = reply with { Status = status };
            frame.Abandon();
            frame = BeginReply(frame.Buffer, reply);
        }

        EndReply(frame, reply);
        if (!status.IsDone())
        {
            if (request.Engine.Watch is { } refused)
            {
                Watches.Forget(refused);
            }

            _core.Metrics.Refused(status);
        }

        _pool.GiveBack(request);
    }

    /// <summary>A reply without an engine request: refused, or answered by the transport itself.</summary>
    public void Refuse(in ReplyHead reply, string message)
    {
        _core.Metrics.Refused(reply.Status);
        var frame = BeginReply(Output.Enter(), reply);
        frame.TagMessage(message);
        EndReply(frame, reply);
    }

    /// <summary>Locks the output and starts a reply; EndReply must follow.</summary>
    public FrameWriter BeginReply(FrameBuffer buffer, scoped in ReplyHead reply)
    {
        var frame = new FrameWriter(buffer, reply.ToHeader(_core.Engine.Clock));
        if (_durable is { Mark: > 0 } durable)
        {
            frame.Tag(FieldTag.DurableUpTo, durable.Mark);
        }

        if (reply.RetryAfterMs > 0)
        {
            frame.Tag(FieldTag.RetryAfter, (uint)reply.RetryAfterMs);
        }

        uint queueMicroseconds = reply.QueueMicroseconds(_core.Engine.Clock);
        if (queueMicroseconds >= QueueMicrosecondsTold)
        {
            frame.Tag(FieldTag.QueueTime, queueMicroseconds);
        }

        return frame;
    }

    public void EndReply(FrameWriter frame, scoped in ReplyHead reply)
    {
        int bytes = frame.Complete();
        if (bytes > PeerFrameBytesMax)
        {
            frame.Abandon();
            var refused = reply with { Status = StatusCode.FrameTooLong };
            frame = BeginReply(frame.Buffer, refused);
            frame.TagMessage("the reply is longer than the client takes; what was asked has been done");
            bytes = frame.Complete();
        }

        Output.Leave(1, reply.Cost);
        _core.Metrics.Sent(bytes);
    }

    /// <summary>Answers, if it can be, what no frame can follow. The connection ends for the reason returned.</summary>
    public ConnectionCloseReason RefuseStream(ScanResult scan, in FrameHeader header, long arrivedAt)
    {
        if (scan == ScanResult.BadMagic)
        {
            return ConnectionCloseReason.BadMagic;
        }

        // The reply stands outside the account: it is the last one and its request was never read.
        Output.Reserve(0);
        Refuse(
            new ReplyHead(header.Opcode, header.CorrelationId, arrivedAt, 0) { Status = StatusCode.FrameTooLong },
            $"here a frame has at most {Limits.FrameBytesMax} bytes, {Limits.TaggedBytesMax} of them tagged");
        return ConnectionCloseReason.FrameTooLong;
    }

    // Each frame of the run has the reply that it would have had alone.
    private void AnswerRun(WireRequest request)
    {
        var engine = request.Engine;
        var reply = new ReplyHead(request.Opcode, 0, request.ArrivedAt, request.Cost)
        {
            BegunAt = engine.BegunAt,
            RetryAfterMs = engine.RetryAfterMs,
        };
        bool isPlain = _durable is null && engine.RetryAfterMs == 0
            && reply.QueueMicroseconds(_core.Engine.Clock) < QueueMicrosecondsTold;
        var head = reply.ToHeader(_core.Engine.Clock);
        var buffer = Output.Enter();
        int before = buffer.Length;
        for (int index = 0; index < request.Correlations.Count; index++)
        {
            ref var asked = ref engine.Event(index);
            var status = ObserveReplies.FrameStatus(engine, asked);
            if (isPlain && status == StatusCode.Ok)
            {
                var own = ReplyEncoder.ToStatusCode(asked.Status);
                ObserveReplies.WriteDone(buffer, head, request.Correlations[index], own);
                continue;
            }

            var frame = BeginReply(
                buffer, reply with { CorrelationId = request.Correlations[index], Status = status });
            if (status.IsDone())
            {
                ObserveReplies.WriteBody(frame.Body(), ReplyEncoder.ToStatusCode(asked.Status));
            }
            else
            {
                _core.Metrics.Refused(status);
            }

            frame.Complete();
        }

        int bytes = buffer.Length - before;
        Output.Leave(request.Correlations.Count, request.Cost);
        _core.Metrics.Sent(bytes);
        _pool.GiveBack(request);
    }

    // The shell: everything that may go wrong on a socket, so that the loop holds the happy path alone.
    private async Task<ConnectionCloseReason> ReadGuardedAsync()
    {
        try
        {
            return await ReadFramesAsync(_context.Transport.Input);
        }
        catch (Exception failure) when (failure is ConnectionResetException or ConnectionAbortedException
            or IOException or OperationCanceledException)
        {
            return _closeRequest != 0 ? (ConnectionCloseReason)_closeRequest : ConnectionCloseReason.PeerReset;
        }
        catch (Exception failure)
        {
            TransportLog.Failed(_core.Logger, failure, Id);
            return ConnectionCloseReason.Internal;
        }
    }

    private async Task<ConnectionCloseReason> ReadFramesAsync(PipeReader input)
    {
        while (true)
        {
            var read = await input.ReadAsync();
            var buffer = read.Buffer;
            long receivedBytes = buffer.Length;
            long arrivedAt = _core.Engine.Clock.GetTimestamp();
            var step = _frames.HandleAll(ref buffer, arrivedAt);
            while (step.NeedsRoom)
            {
                await Output.WaitForRoomAsync();
                step = _frames.HandleAll(ref buffer, arrivedAt);
            }

            _core.Metrics.Received(receivedBytes - buffer.Length);
            if (step.Reason != ConnectionCloseReason.None)
            {
                input.AdvanceTo(buffer.Start);
                return step.Reason;
            }

            Output.Settle(buffer.Length);
            input.AdvanceTo(buffer.Start, buffer.End);
            if (_closeRequest != 0)
            {
                return (ConnectionCloseReason)_closeRequest;
            }

            if (read.IsCompleted)
            {
                return buffer.IsEmpty ? ConnectionCloseReason.PeerClosed : ConnectionCloseReason.Truncated;
            }
        }
    }

    private async Task LingerAsync()
    {
        var input = _context.Transport.Input;
        using var timer = _core.Options.Clock.CreateTimer(
            _ => input.CancelPendingRead(), null, LingerTime, Timeout.InfiniteTimeSpan);
        try
        {
            while (true)
            {
                var read = await input.ReadAsync();
                input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted || read.IsCanceled)
                {
                    return;
                }
            }
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException
            or InvalidOperationException)
        {
            // Gone already.
        }
    }
}
