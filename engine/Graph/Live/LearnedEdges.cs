using Ebb.Engine.Catalogue;

namespace Ebb.Engine.Graph.Live;

/// <summary>From links learned now to the changes of edges learned before. Under the catalogue's writer lock.</summary>
internal static class LearnedEdges
{
    /// <summary>
    /// A weight that changed by less than this share stays: a put of vectors costs more than it brings.
    /// </summary>
    private const double SameWeight = 0.1;

    public static List<GraphEdge> Difference(
        LiveGraph graph, ItemTable table, IReadOnlyDictionary<(int, int), float> links)
    {
        string relation = graph.Options.LearnedRelation;
        Dictionary<(GraphEnd, GraphEnd), float> wanted = [];
        foreach (((int left, int right), float weight) in links)
        {
            wanted[Pair(EndOf(table, left), EndOf(table, right))] = weight;
        }

        var changes = new List<GraphEdge>();
        foreach ((string of, int from, int to, double weight) in graph.Edges.Of(EdgeOrigins.Learned))
        {
            GraphEnd left = GraphEnd.Of(graph.Nodes[from]);
            GraphEnd right = GraphEnd.Of(graph.Nodes[to]);
            bool stays = of == relation && wanted.TryGetValue(Pair(left, right), out float now)
                && Math.Abs(now - weight) <= SameWeight * weight;
            if (stays)
            {
                wanted.Remove(Pair(left, right));
            }
            else if (of != relation || !wanted.ContainsKey(Pair(left, right)))
            {
                changes.Add(new GraphEdge(of, left, right, 0));
            }
        }

        changes.AddRange(wanted
            .Select(link => new GraphEdge(relation, link.Key.Item1, link.Key.Item2, link.Value))
            .OrderBy(edge => edge.From.Id).ThenBy(edge => edge.To.Id));
        return changes;
    }

    private static GraphEnd EndOf(ItemTable table, int row) =>
        GraphEnd.Item(new OpaqueId(table.Ids.Id(row).ToArray()));

    private static (GraphEnd, GraphEnd) Pair(GraphEnd left, GraphEnd right) =>
        left.Id.CompareTo(right.Id) <= 0 ? (left, right) : (right, left);
}
