using Ebb.Engine.Ranking;

namespace Ebb.Engine.Policy;

/// <summary>One policy of a <see cref="PolicySet"/>: its name, and its part of the users, by weight.</summary>
public sealed record PolicyShare(string Name, ServingPolicy Policy, double Share = 1)
{
    /// <summary>Tells whether a document's policy was changed; 0 for one that is of no document.</summary>
    public ulong Fingerprint { get; init; }

    /// <summary>Where it stands in its document, as a JSON path.</summary>
    internal string Path { get; init; } = "$";
}
