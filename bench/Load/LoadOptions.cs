using System.Net;

namespace Ebb.Bench.Load;

/// <summary>What to offer to which server. Immutable.</summary>
public sealed record LoadOptions
{
    public required EndPoint Server { get; init; }

    /// <summary>Requests a second, all verbs together.</summary>
    public double Rate { get; init; } = 1000;

    public double Seconds { get; init; } = 10;

    /// <summary>Offered before, not counted.</summary>
    public double WarmupSeconds { get; init; } = 2;

    public int ConnectionCount { get; init; } = 4;

    /// <summary>Requests without an answer, over all connections; an arrival past it is dropped and counted.</summary>
    public int InFlightMax { get; init; } = 2000;

    public VerbMix Mix { get; init; } = VerbMix.Default;

    public int UserCount { get; init; } = 10_000;

    /// <summary>Events of one ACT or OBSERVE.</summary>
    public int EventCount { get; init; } = 1;

    /// <summary>K of ACT and RECOMMEND.</summary>
    public int ListCount { get; init; } = 20;

    public int CandidateCount { get; init; } = 100;

    /// <summary>Ids of the items to act on, a line each; null: PutItems.</summary>
    public string? IdsPath { get; init; }

    /// <summary>Random unit vectors put before the run as one generation, named load-0, load-1, …</summary>
    public int PutItems { get; init; }

    public int Seed { get; init; } = 42;
}
