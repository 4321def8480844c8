namespace Ebb.Engine.Graph.Live;

/// <summary>What became of edges, in the order given, and the graph after them.</summary>
public sealed record GraphReply(IReadOnlyList<EntryStatus> Statuses, ulong Generation, GraphCounts Counts)
{
    /// <summary>
    /// Vectors that were computed for it, layers counted apart, and items that have another vector now.
    /// </summary>
    public int ComputedCount { get; init; }

    public int ItemsChanged { get; init; }

    /// <summary>Whether the population's neighbours are learned here, from which edges can be.</summary>
    public bool IsLearning { get; init; }
}
