using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>The graph after a request, and what became of the edges sent, in their order.</summary>
public sealed record GraphResult(ulong Generation, IReadOnlyList<StatusCode> Statuses)
{
    public long Nodes { get; init; }

    /// <summary>Edges of relations that the server weighs, and of all edges those that were learned.</summary>
    public long Edges { get; init; }

    public long LearnedEdges { get; init; }

    /// <summary>Edges of relations without a weight: kept, and without effect.</summary>
    public IReadOnlyDictionary<string, long> UnknownRelations { get; init; } = new Dictionary<string, long>();

    /// <summary>Since the server started: edges said again, and edges from a node to itself.</summary>
    public long Repeated { get; init; }

    public long Refused { get; init; }

    /// <summary>Edges that close a cycle; no harm.</summary>
    public long Cycles { get; init; }

    /// <summary>Items that edges name and the catalogue has not.</summary>
    public long Dangling { get; init; }

    /// <summary>Items without a vector of their own, and items that show one of the graph's.</summary>
    public long WithoutVector { get; init; }

    public long Enriched { get; init; }

    /// <summary>Nodes that no vector reaches.</summary>
    public long Unreached { get; init; }

    /// <summary>Of this request: vectors computed, and items that have another one now.</summary>
    public long Computed { get; init; }

    public long ItemsChanged { get; init; }

    /// <summary>Of a Learn: whether the population's neighbours are learned there.</summary>
    public bool IsLearning { get; init; }
}
