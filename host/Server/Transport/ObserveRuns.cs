using Ebb.Engine;
using Ebb.Engine.Batching;
using Ebb.Engine.Interest;
using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Ebb.Server.Security;

namespace Ebb.Server.Transport;

/// <summary>
/// Puts the plain one-event OBSERVE frames of a read together: one engine request for all that go to the same partition
/// and want the same acknowledgement, so that what a request costs is paid once a read. Each frame keeps its own reply.
/// Frames that ask for more (a session, a deadline, tagged fields, many events) or are refused go their own way, after
/// what was put together before them. Used by one connection's read loop alone.
/// </summary>
internal sealed class ObserveRuns(RequestPool pool, IRequestHandoff handoff, ProtocolLimits limits, UserKeys keys)
{
    /// <summary>Frames of one request: about half of what a batch takes.</summary>
    private const int FrameCountMax = 128;

    private readonly List<ushort> _open = [];
    private WireRequest?[] _runs = [];
    private AckLevel _ack;

    /// <summary>Says whether a frame may go with others; what stands in its body is not looked at.</summary>
    public static bool IsPlain(in FrameHeader header) =>
        header is { Opcode: Opcode.Observe, Version: FrameHeader.Version1, TaggedBytes: 0, TimeMicroseconds: 0 }
        && (header.Flags & ~FrameFlags.Durable) == 0;

    /// <summary>False: not taken, and nothing has changed but that earlier frames may be on their way.</summary>
    public bool TryTake(in FrameHeader header, ReadOnlySpan<byte> body, ReadOnlySpan<byte> tenant, Arrival arrival)
    {
        if (EventListReader.TryOpen(body, limits, out var events) != StatusCode.Ok || events.Count != 1
            || !events.TryNext(out var entry) || events.Finish() != StatusCode.Ok || !IsSound(entry))
        {
            return false;
        }

        Span<byte> buffer = stackalloc byte[UserKeys.BytesMax];
        var key = keys.KeyOf(tenant, entry.User, buffer);
        if (!handoff.TryPlace(key, out var place))
        {
            return false;
        }

        var ack = (header.Flags & FrameFlags.Durable) != 0 ? AckLevel.Durable : AckLevel.Applied;
        if (ack != _ack)
        {
            Close();
            _ack = ack;
        }

        var run = RunOf(place.Partition, arrival);
        float value = entry.HasValue ? entry.Value : float.NaN;
        run.Engine.AddPlacedEvent(
            place, key, entry.Item, new EventFigures(entry.Type, entry.TimeMs, value, entry.EventId));
        run.Correlations.Add(header.CorrelationId);
        run.Cost += arrival.Cost;
        if (run.Correlations.Count == FrameCountMax)
        {
            Close();
        }

        return true;
    }

    /// <summary>Gives the engine what was put together.</summary>
    public void Close()
    {
        foreach (ushort partition in _open)
        {
            var run = _runs[partition]!;
            _runs[partition] = null;
            handoff.Add(run.Engine);
        }

        _open.Clear();
    }

    private static bool IsSound(in EventEntry entry) =>
        entry.User.Length is >= 1 and <= ProtocolLimits.IdBytesMax
        && entry.Item.Length is >= 1 and <= ProtocolLimits.IdBytesMax
        && (!entry.HasValue || float.IsFinite(entry.Value));

    private WireRequest RunOf(ushort partition, Arrival arrival)
    {
        if (partition >= _runs.Length)
        {
            Array.Resize(ref _runs, partition + 1);
        }

        if (_runs[partition] is { } open)
        {
            return open;
        }

        var run = pool.Take();
        run.Opcode = Opcode.Observe;
        run.ArrivedAt = arrival.At;
        run.Cost = 0;
        run.Engine.Kind = RequestKind.Observe;
        run.Engine.Write = new WriteOptions(_ack);
        run.Engine.Completion = run;
        _runs[partition] = run;
        _open.Add(partition);
        return run;
    }
}
