using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>Somebody's rule about items: what to do, to which, for whom, until when, and who says so and why.</summary>
public sealed record EbbRule(EbbRuleAction Action, EbbRuleSubject Subject, EbbId Value)
{
    /// <summary>Given by the server; 0 when putting a new one, another replaces that rule.</summary>
    public uint Number { get; init; }

    /// <summary>Only requests of this segment; empty: all.</summary>
    public string Segment { get; init; } = "";

    /// <summary>Boost and bury: standard deviations. Pin: the place, from 1. Ban: 0.</summary>
    public float Amount { get; init; }

    /// <summary>Ends by itself at this moment, ms; 0: never.</summary>
    public long UntilMs { get; init; }

    public string Author { get; init; } = "";

    public string Reason { get; init; } = "";
}
