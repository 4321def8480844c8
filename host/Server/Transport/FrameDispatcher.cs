using System.Runtime.CompilerServices;
using System.Text;
using Ebb.Engine;
using Ebb.Engine.Batching;
using Ebb.Engine.Interest;
using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Ebb.Server.Security;

namespace Ebb.Server.Transport;

/// <summary>
/// Decides what a whole frame is and hands it on: to the engine, to the catalogue lane, or back as refused. Called by
/// one connection's read loop alone. Returns a reason only when the connection cannot go on.
/// </summary>
internal sealed class FrameDispatcher : IAsyncDisposable
{
    // Below this a reply is covered by the limit on requests in flight.
    private const long UnchargedReplyBytes = 4096;
    private const uint PeerFrameBytesMin = 4096;

    private readonly EbbConnection _connection;
    private readonly ServerCore _core;
    private readonly RequestPool _pool;
    private readonly RequestFiller _filler;
    private readonly CatalogueLane _lane;
    private readonly ShopLane _shop;
    private readonly IRequestHandoff _handoff;
    private readonly ObserveRuns _runs;
    private byte[] _tenant = [];

    public FrameDispatcher(EbbConnection connection, ServerCore core, RequestPool pool)
    {
        _connection = connection;
        _core = core;
        _pool = pool;
        _filler = new RequestFiller(core.Options.Limits, core.Options.UserKeys);
        _lane = new CatalogueLane(connection, core);
        _shop = new ShopLane(connection, core);
        _handoff = core.Engine.NewHandoff();
        _runs = new ObserveRuns(pool, _handoff, core.Options.Limits, core.Options.UserKeys);
    }

    /// <param name="header">Of the frame; its lengths are those of content.</param>
    /// <param name="content">Tagged fields and body.</param>
    /// <param name="arrival">What it reserved.</param>
    public ConnectionCloseReason Dispatch(in FrameHeader header, ReadOnlySpan<byte> content, Arrival arrival)
    {
        _core.Metrics.Frame(header.Opcode);
        if (ObserveRuns.IsPlain(header) && _connection is { IsTrusted: true, Durable: null }
                && VerbGate.IsOpen(_connection, _core, Opcode.Observe)
            && _runs.TryTake(header, content, _tenant, arrival))
        {
            return ConnectionCloseReason.None;
        }

        return DispatchAlone(header, content, arrival);
    }

    // Apart, so that the frame of the method above stays small: what is on a stack frame is zeroed at each call.
    [MethodImpl(MethodImplOptions.NoInlining)] // bench/Wire at depth 64
    private ConnectionCloseReason DispatchAlone(
        in FrameHeader header, ReadOnlySpan<byte> content, Arrival arrival)
    {
        // Not before what came before it.
        _runs.Close();
        var reply = new ReplyHead(header.Opcode, header.CorrelationId, arrival.At, arrival.Cost);
        if ((header.Flags & FrameFlags.Reply) != 0)
        {
            _connection.Output.Enter();
            _connection.Output.Leave(1, arrival.Cost);
            return ConnectionCloseReason.ReplyFromClient;
        }

        if (!_connection.IsGreeted && header.Opcode != Opcode.Hello)
        {
            Refuse(reply, StatusCode.HelloRequired, "HELLO must be the first frame");
            return ConnectionCloseReason.HelloRequired;
        }

        if (header.Version != FrameHeader.Version1)
        {
            Refuse(reply, StatusCode.UnsupportedVersion, "this connection speaks version 1");
            return ConnectionCloseReason.UnsupportedVersion;
        }

        var status = TaggedFields.TryRead(content[..header.TaggedBytes], out var fields);
        bool areFlagsKnown = (header.Flags & ~FrameFlags.Known) == 0;
        if (!areFlagsKnown || status != StatusCode.Ok)
        {
            Refuse(
                reply,
                areFlagsKnown ? status : StatusCode.UnsupportedVersion,
                areFlagsKnown ? RefusalText.OfTagged(status) : "a flag that this server does not have");
            return header.Opcode == Opcode.Hello && !_connection.IsGreeted
                ? ConnectionCloseReason.UnsupportedVersion
                : ConnectionCloseReason.None;
        }

        var frame = new FrameContext
        {
            Header = header,
            Fields = fields,
            Body = content[header.TaggedBytes..],
            Tenant = fields.HasTenant ? fields.Tenant : _tenant,
            Arrival = arrival,
        };
        return Route(frame, reply);
    }

    /// <summary>Sends the engine what the frames since the last call asked, now or at the end of the turn.</summary>
    /// <param name="frameCount">Frames of this read. None: what is deferred belongs to the turn, on its thread.</param>
    /// <param name="canWait">Nothing more is asked of this connection before the turn ends.</param>
    public void HandOver(int frameCount, bool canWait)
    {
        _runs.Close();
        bool isDone = frameCount == 0 || (canWait && HandoverTurn.TryDefer(_handoff, frameCount));
        if (!isDone)
        {
            _handoff.Send();
        }
    }

    public ValueTask DisposeAsync() => _lane.DisposeAsync();

    private ConnectionCloseReason Route(in FrameContext frame, in ReplyHead reply)
    {
        if (_core.Options.Access is not null && VerbGate.Check(_connection.Identity, frame) is var closed
            && closed != StatusCode.Ok)
        {
            Refuse(reply, closed, RefusalText.OfAccess(closed));
            return ConnectionCloseReason.None;
        }

        switch (frame.Header.Opcode)
        {
            case Opcode.Hello:
                return Hello(frame, reply);
            case Opcode.Auth:
                return AuthVerb.Answer(_connection, _core, frame, reply, ref _tenant);
            case Opcode.Ping:
                Ping(frame, reply);
                break;
            case Opcode.Observe or Opcode.Recommend or Opcode.Rank or Opcode.Act or Opcode.Profile
                or Opcode.Unsend or Opcode.Forget or Opcode.Drift or Opcode.Why
                or Opcode.Merge or Opcode.Portrait:
                Submit(frame, reply);
                break;
            case Opcode.Subscribe:
                Subscribe(frame, reply);
                break;
            case Opcode.ItemPut or Opcode.ItemDescribe or Opcode.ItemRemove or Opcode.ItemPatch or Opcode.Stats
                or Opcode.Backup or Opcode.Graph or Opcode.Schema:
                _lane.Enqueue(frame, reply);
                break;
            case var opcode when PopulationAnswers.IsOne(opcode):
                _lane.Ask(frame, reply);
                break;
            case Opcode.Similar or Opcode.Rules or Opcode.Audience:
                _shop.Enqueue(frame, reply);
                break;
            default:
                Refuse(reply, StatusCode.UnknownOpcode, "no such verb");
                break;
        }

        return ConnectionCloseReason.None;
    }

    private ConnectionCloseReason Hello(in FrameContext frame, in ReplyHead reply)
    {
        if (_connection.IsGreeted)
        {
            Refuse(reply, StatusCode.Malformed, "HELLO is said once");
            return ConnectionCloseReason.None;
        }

        var status = HelloRequest.TryRead(frame.Body, out var hello);
        if (status != StatusCode.Ok)
        {
            Refuse(reply, status, "the body of HELLO does not follow PROTOCOL.md");
            return ConnectionCloseReason.HelloRequired;
        }

        if (hello.FrameBytesMax < PeerFrameBytesMin)
        {
            Refuse(reply, StatusCode.Malformed, $"a client must take frames of {PeerFrameBytesMin} bytes");
            return ConnectionCloseReason.HelloRequired;
        }

        if (hello.VersionMin > FrameHeader.Version1 || hello.VersionMax < FrameHeader.Version1)
        {
            Refuse(reply, StatusCode.UnsupportedVersion, "this server speaks version 1");
            return ConnectionCloseReason.UnsupportedVersion;
        }

        _tenant = frame.Fields.Tenant.ToArray();
        _connection.Greet(hello.FrameBytesMax, frame.Fields.Session);
        AuthVerb.LetInByCertificate(_connection, _core, ref _tenant);
        var writer = _connection.BeginReply(_connection.Output.Enter(), reply);
        var answer = HelloReply.From(_core.Options.Limits) with
        {
            Dimension = (ushort)_core.Engine.Dimension,
            CatalogueGeneration = _core.Engine.CatalogueGeneration,
            SessionMark = _connection.Durable?.Mark ?? 0,
            Name = Encoding.UTF8.GetBytes(_core.Options.Name),
        };
        answer.Write(writer.Body());
        _connection.EndReply(writer, reply);
        return ConnectionCloseReason.None;
    }

    private void Ping(in FrameContext frame, in ReplyHead reply)
    {
        if (!frame.Body.IsEmpty)
        {
            Refuse(reply, StatusCode.Malformed, "PING has no body");
            return;
        }

        if (_core.IsPast(_core.DeadlineTimestamp(frame)))
        {
            Refuse(reply, StatusCode.DeadlinePassed, RefusalText.DeadlinePassed);
            return;
        }

        _connection.Durable?.TryAdvance(_core.Engine);
        _connection.EndReply(_connection.BeginReply(_connection.Output.Enter(), reply), reply);
    }

    private void Subscribe(in FrameContext frame, in ReplyHead reply)
    {
        var status = SubscribeRequest.TryRead(frame.Body, out var asked);
        if (status != StatusCode.Ok)
        {
            Refuse(reply, status, RefusalText.Of(status, _core.Options.Limits));
            return;
        }

        Span<byte> key = stackalloc byte[UserKeys.BytesMax];
        var user = _core.Options.UserKeys.KeyOf(frame.Tenant, asked.User, key);
        if (asked.Ends)
        {
            _connection.Watches.End(user);
            var writer = _connection.BeginReply(_connection.Output.Enter(), reply);
            PhaseListWriter.WriteHead(writer.Body(), 0, hasMissed: false, atMs: 0);
            _connection.EndReply(writer, reply);
            return;
        }

        if (_connection.Watches.Begin(user, reply.CorrelationId) is not { } watch)
        {
            Refuse(reply, StatusCode.Overloaded, RefusalText.TooManySubscriptions);
            return;
        }

        var request = _pool.Take();
        request.Opcode = reply.Opcode;
        request.CorrelationId = reply.CorrelationId;
        request.ArrivedAt = reply.ArrivedAt;
        request.Cost = reply.Cost;
        request.Engine.Kind = RequestKind.Subscribe;
        request.Engine.SetUser(user);
        request.Engine.Watch = watch;
        SubmitFilled(request, _core.DeadlineTimestamp(frame));
    }

    private void Submit(in FrameContext frame, in ReplyHead reply)
    {
        var request = _pool.Take();
        request.Opcode = reply.Opcode;
        request.CorrelationId = reply.CorrelationId;
        request.ArrivedAt = reply.ArrivedAt;
        request.Cost = reply.Cost;
        var status = _filler.Fill(request.Engine, frame);
        if (status == StatusCode.Ok)
        {
            status = SetWrite(request, frame);
        }

        if (status != StatusCode.Ok)
        {
            _pool.GiveBack(request);
            Refuse(reply, status, RefusalText.Of(status, _core.Options.Limits));
            return;
        }

        long replyBytes = ReplyEncoder.EstimateBytes(request.Engine);
        if (replyBytes > UnchargedReplyBytes)
        {
            _connection.Output.Charge(replyBytes);
            request.Cost += replyBytes;
        }

        SubmitFilled(request, _core.DeadlineTimestamp(frame));
    }

    private StatusCode SetWrite(WireRequest request, in FrameContext frame)
    {
        if (frame.Header.Opcode is not (Opcode.Observe or Opcode.Act))
        {
            return StatusCode.Ok;
        }

        ulong session = frame.Fields.Session != 0 ? frame.Fields.Session : _connection.Session;
        ulong sequence = session != 0 ? frame.Fields.Sequence : 0;
        int count = request.Engine.EventCount;
        if (sequence > ulong.MaxValue - (ulong)count)
        {
            return StatusCode.Malformed;
        }

        var ack = (frame.Header.Flags & FrameFlags.Durable) != 0 ? AckLevel.Durable : AckLevel.Applied;
        request.Engine.Write = new WriteOptions(ack, sequence != 0 ? session : 0, sequence);
        if (sequence != 0 && count > 0 && session == _connection.Session)
        {
            request.DurableGroup = _connection.Durable!.Begin(sequence + (ulong)count - 1);
        }

        return StatusCode.Ok;
    }

    private void SubmitFilled(WireRequest request, long deadlineTimestamp)
    {
        var engine = request.Engine;
        if (engine.Kind is RequestKind.Observe or RequestKind.Act && !HasEventToFold(engine))
        {
            if (engine.Kind == RequestKind.Observe)
            {
                request.Completed(engine);
                return;
            }

            // The statuses are known; what is left of ACT is its list.
            engine.Kind = RequestKind.Recommend;
        }

        engine.DeadlineTimestamp = deadlineTimestamp;
        engine.Completion = request;
        _handoff.Add(engine);
    }

    private static bool HasEventToFold(EngineRequest request)
    {
        for (int index = 0; index < request.EventCount; index++)
        {
            if (request.Event(index).Status == EntryStatus.Ok)
            {
                return true;
            }
        }

        return false;
    }

    private void Refuse(in ReplyHead reply, StatusCode status, string message) =>
        _connection.Refuse(reply with { Status = status }, message);
}
