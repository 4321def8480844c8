using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>
/// A user whom the item fits. Score is the dot product with the user's interest of the moment; Appeal its probability
/// of interest, NaN where the user's policy has no calibration.
/// </summary>
public sealed record EbbAudienceMember(EbbId User, double Score)
{
    public float Appeal { get; init; } = float.NaN;

    public long LastEventMs { get; init; }

    /// <summary>The item is among the user's remembered events.</summary>
    public bool HasSeen { get; init; }
}

/// <summary>The users whom an item fits best, best first.</summary>
public sealed record AudienceResult(IReadOnlyList<EbbAudienceMember> Members)
{
    /// <summary>Users looked at.</summary>
    public ulong UserCount { get; init; }

    /// <summary>Users with a score above 0, told or not.</summary>
    public ulong FitCount { get; init; }

    /// <summary>How many of them are expected to be interested; NaN where one's policy has no calibration.</summary>
    public double ExpectedCount { get; init; }

    public ulong Generation { get; init; }
}
