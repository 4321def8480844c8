namespace Ebb.Engine.Graph;

/// <summary>What became of an edge that was set.</summary>
internal enum EdgeOutcome
{
    Added,
    Changed,
    Removed,

    /// <summary>Nothing: it was so before.</summary>
    Same,

    /// <summary>Nothing: it leads from a node to itself, or its weight is no number of 0 or more.</summary>
    Refused,
}
