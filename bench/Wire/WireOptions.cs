using System.Net;

namespace Ebb.Bench.Wire;

/// <summary>What to send to which peer, and how much of it. Immutable.</summary>
public sealed record WireOptions
{
    public required IPEndPoint Server { get; init; }

    /// <summary>"observe" and "act" speak to Ebb, "set" to Redis and its like, "echo" to an echo server.</summary>
    public required string Verb { get; init; }

    public int ConnectionCount { get; init; } = 50;

    /// <summary>Requests of one connection sent together; the next ones follow when all are answered.</summary>
    public int Depth { get; init; } = 1;

    /// <summary>Above 0: so many requests a second at Poisson moments instead of a closed loop (not "set").</summary>
    public double Rate { get; init; }

    public double Seconds { get; init; } = 5;

    public double WarmupSeconds { get; init; } = 2;

    /// <summary>Above 0: this many requests are measured instead of <see cref="Seconds"/>.</summary>
    public long RequestCount { get; init; }

    /// <summary>Users, or keys.</summary>
    public int UserCount { get; init; } = 100_000;

    public int ItemCount { get; init; } = 10_000;

    /// <summary>K of ACT.</summary>
    public int ListCount { get; init; } = 20;

    /// <summary>Of SET.</summary>
    public int ValueBytes { get; init; } = 512;

    public bool Durable { get; init; }

    /// <summary>The server's process, for its CPU time; 0: not asked.</summary>
    public int ServerProcess { get; init; }

    /// <summary>Put random items first (Ebb).</summary>
    public bool PutItems { get; init; }

    public int Seed { get; init; } = 42;

    public bool IsAct => Verb == "act";

    public bool IsEbb => Verb is "act" or "observe";
}
