namespace Ebb.Engine.Graph;

/// <summary>What a graph holds, and what of it is odd: counted and served, never refused.</summary>
public sealed record GraphCounts
{
    public int NodeCount { get; init; }

    /// <summary>Of relations with a weight.</summary>
    public int EdgeCount { get; init; }

    /// <summary>Of all edges, those that were learned.</summary>
    public int LearnedEdgeCount { get; init; }

    /// <summary>Edges of a relation without a weight, by its name.</summary>
    public IReadOnlyDictionary<string, int> UnknownRelations { get; init; } = new Dictionary<string, int>();

    /// <summary>Edges given before, and edges from a node to itself.</summary>
    public int RepeatedCount { get; init; }

    public int LoopCount { get; init; }

    /// <summary>
    /// Edges that close a cycle: their two ends were connected already. No harm: layers are counted, not paths.
    /// </summary>
    public int CycleCount { get; init; }

    /// <summary>
    /// Items that edges name and that were given no vector: they have what their neighbours give them.
    /// </summary>
    public int ItemsWithoutVector { get; init; }

    /// <summary>Of a serving catalogue: items that edges name and the catalogue has not; they wait.</summary>
    public int DanglingCount { get; init; }

    /// <summary>Of a serving catalogue: items that show a vector of the graph's.</summary>
    public int EnrichedCount { get; init; }

    /// <summary>Of the nodes, those that no vector reaches in L layers.</summary>
    public int UnreachedCount { get; init; }
}
