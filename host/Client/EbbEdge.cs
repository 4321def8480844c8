using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>
/// An edge of the graph between items, brands, merchants, categories and content; both ends are neighbours of each
/// other. An empty kind: an item. Weight 0 takes the edge away.
/// </summary>
public sealed record EbbEdge(string Relation, EbbId From, EbbId To)
{
    public string FromKind { get; init; } = "";

    public string ToKind { get; init; } = "";

    public float Weight { get; init; } = 1;
}
