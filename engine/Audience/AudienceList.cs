namespace Ebb.Engine.Audience;

/// <summary>
/// A user whom the item fits. Score is the plain dot product with the user's interest of the moment, decayed, in one
/// unit for all users; Appeal its probability of interest by the calibration of the user's policy, NaN without one.
/// </summary>
public sealed record AudienceMember(OpaqueId User, double Score)
{
    public float Appeal { get; init; } = float.NaN;

    public long LastEventMs { get; init; }

    /// <summary>The item is among the user's remembered events.</summary>
    public bool HasSeen { get; init; }
}

/// <summary>The users that an item fits best, best first; equal ones by key.</summary>
public sealed record AudienceList(IReadOnlyList<AudienceMember> Members)
{
    /// <summary>Users looked at.</summary>
    public long UserCount { get; init; }

    /// <summary>Users with a score above 0, told or not.</summary>
    public long FitCount { get; init; }

    /// <summary>
    /// The sum of all their probabilities: how many of them are expected to be interested. NaN where one of their
    /// policies has no calibration.
    /// </summary>
    public double ExpectedCount { get; init; } = double.NaN;

    public ulong Generation { get; init; }
}
