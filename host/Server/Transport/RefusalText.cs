using Ebb.Protocol;

namespace Ebb.Server.Transport;

/// <summary>Why a whole frame was refused, for a person: the MESSAGE of the reply.</summary>
internal static class RefusalText
{
    public const string DeadlinePassed = "the deadline passed before the work was begun; nothing was done";

    public const string TooManySubscriptions = "this connection has as many subscriptions as it may";

    public const string StagingFlags =
        "at most one of STAGE, PUBLISH and DISCARD, and DISCARD without entries";

    /// <summary>For what a body or its session fields got wrong.</summary>
    public static string Of(StatusCode status, ProtocolLimits limits) => status switch
    {
        StatusCode.IdLength => $"the user id must have 1 to {ProtocolLimits.IdBytesMax} bytes",
        StatusCode.KOutOfRange => $"K must be 1 to {limits.CountMax}",
        StatusCode.TooManyEntries => $"at most {limits.BatchEntriesMax} events or items, "
            + $"{limits.CandidatesMax} candidates, {limits.FilterValuesMax} values in a filter's list",
        StatusCode.AttributeTooLong => $"a filter value has at most {ProtocolLimits.AttributeBytesMax} bytes",
        StatusCode.Malformed => "the body does not follow PROTOCOL.md: an unknown bit, bytes missing or left over, "
            + "or sequences past 2^64",
        _ => "the request cannot be done",
    };

    public static string OfAccess(StatusCode status) => status == StatusCode.AuthRequired
        ? "this server asks who you are: AUTH first"
        : "the role or the tenant of this connection may not";

    /// <summary>For what <see cref="TaggedFields.TryRead"/> found.</summary>
    public static string OfTagged(StatusCode status) => status switch
    {
        StatusCode.IdLength => $"a tenant has at most {ProtocolLimits.TenantBytesMax} bytes",
        StatusCode.UnsupportedVersion => "a critical tag that this server does not have",
        _ => "a tagged field is cut off or has a wrong length, or SESSION or SEQUENCE is 0",
    };
}
