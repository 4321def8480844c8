using System.Collections.Concurrent;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Client.Internal;

/// <summary>The subscriptions of a client by the correlation id that their CHANGE frames carry. Any thread.</summary>
internal sealed class Subscriptions
{
    private readonly ConcurrentDictionary<ulong, EbbSubscription> _byCorrelation = new();

    /// <summary>Its SUBSCRIBE is about to be sent.</summary>
    public void Add(EbbSubscription subscription, ulong correlationId)
    {
        subscription.CorrelationId = correlationId;
        _byCorrelation[correlationId] = subscription;
    }

    public void Remove(EbbSubscription subscription) => _byCorrelation.TryRemove(subscription.CorrelationId, out _);

    /// <summary>Begins those again that a former connection had.</summary>
    public void Resend(ClientLink link)
    {
        foreach (var subscription in _byCorrelation.Values.Where(one => one.IsActive))
        {
            link.Enqueue(subscription.Frame);
        }
    }

    /// <summary>True: the frame was of a subscription, and no call waits for it.</summary>
    public bool TryTake(in FrameHeader header, ReadOnlySpan<byte> body)
    {
        bool isChange = header.Opcode == Opcode.Change;
        bool isSubscribed = _byCorrelation.TryGetValue(header.CorrelationId, out var subscription);
        if (!isChange && !(header.Opcode == Opcode.Subscribe && isSubscribed && subscription!.IsActive))
        {
            return false;
        }

        if (isSubscribed && header.Status.IsDone() && Read(body, hasMissed: !isChange) is { } notice)
        {
            subscription!.Tell(notice);
        }

        return true;
    }

    public static EbbPhaseNotice? Read(ReadOnlySpan<byte> body, bool hasMissed)
    {
        if (PhaseListReader.TryOpen(body, out var list) != StatusCode.Ok)
        {
            return null;
        }

        var changes = new List<EbbPhaseChange>(list.Count);
        while (list.TryNext(out var entry))
        {
            changes.Add(new EbbPhaseChange(ReplyDecoders.Phase(entry), entry.Before));
        }

        return list.Finish() == StatusCode.Ok
            ? new EbbPhaseNotice(changes, list.AtMs, hasMissed || list.HasMissed)
            : null;
    }
}
