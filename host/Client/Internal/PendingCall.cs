using Ebb.Protocol;

namespace Ebb.Client.Internal;

/// <summary>
/// One request from the call to its reply, and a write on until it is durable. Owned by <see cref="ClientCore"/>; all
/// fields that change are touched under its lock.
/// </summary>
internal abstract class PendingCall
{
    /// <summary>The whole encoded frame; correlation id, sequence and deadline are filled in when it is sent.</summary>
    public required byte[] Frame { get; init; }

    /// <summary>Events that take a sequence each; 0 for what is not a write.</summary>
    public int EventCount { get; init; }

    /// <summary>Its reply means that it is durable.</summary>
    public bool IsDurableAck { get; init; }

    /// <summary>Not null: lives and dies with one connection.</summary>
    public EbbCatalogueChange? Change { get; init; }

    /// <summary>Not null: a SUBSCRIBE; CHANGE frames carry its correlation id.</summary>
    public EbbSubscription? Subscription { get; init; }

    public ulong CorrelationId { get; set; }

    /// <summary>What the server said beside its answer; set before the call is complete.</summary>
    public string? Message { get; set; }

    public ulong LastSequence { get; set; }

    /// <summary>A reply has come, or the wait for it was given up.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>Nothing of it needs to be sent again whatever happens.</summary>
    public bool IsSettled { get; set; }

    public bool WasSent { get; set; }

    /// <summary>Sent over more than one connection, so that Duplicate means "done the first time".</summary>
    public bool WasResent { get; set; }

    /// <summary>A timestamp of the client's clock; long.MaxValue: none.</summary>
    public long ExpiresAt { get; private set; } = long.MaxValue;

    public bool IsWrite => EventCount > 0;

    /// <summary>The caller has its result, an exception or a cancellation.</summary>
    public abstract bool IsFinished { get; }

    public void ExpireAfter(TimeSpan timeout, TimeProvider clock)
    {
        if (timeout != Timeout.InfiniteTimeSpan)
        {
            ExpiresAt = clock.GetTimestamp() + (long)(timeout.TotalSeconds * clock.TimestampFrequency);
        }
    }

    /// <summary>For the deadline field: 0 for none, at least 1 otherwise.</summary>
    public uint MicrosecondsLeft(TimeProvider clock)
    {
        if (ExpiresAt == long.MaxValue)
        {
            return 0;
        }

        double seconds = (ExpiresAt - clock.GetTimestamp()) / (double)clock.TimestampFrequency;
        return (uint)Math.Clamp(seconds * 1e6, 1, uint.MaxValue);
    }

    /// <summary>The status was done: decodes the body and hands the result to the caller.</summary>
    public abstract void Complete(ReadOnlySpan<byte> body);

    public abstract void Fail(Exception failure);

    public abstract void Cancel(CancellationToken cancellation);
}

/// <summary>Reads a reply's body; null when it does not follow the protocol.</summary>
internal delegate T? ReplyDecoder<T>(ReadOnlySpan<byte> body, bool wasResent)
    where T : class;

/// <inheritdoc/>
internal sealed class PendingCall<T>(ReplyDecoder<T> decode) : PendingCall
    where T : class
{
    private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Result => _result.Task;

    public override bool IsFinished => _result.Task.IsCompleted;

    public override void Complete(ReadOnlySpan<byte> body)
    {
        if (decode(body, WasResent) is { } result)
        {
            _result.TrySetResult(result);
        }
        else
        {
            Fail(new EbbException(StatusCode.Malformed, "The server's reply does not follow the protocol."));
        }
    }

    public override void Fail(Exception failure) => _result.TrySetException(failure);

    public override void Cancel(CancellationToken cancellation) => _result.TrySetCanceled(cancellation);
}
